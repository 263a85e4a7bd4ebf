/** Several videos of one take, always at the same frame: beside one another, wiped, or as their difference. */

import { clock } from './numbers.js';

/** @typedef {import('./timeline.js').Timeline} Timeline */

/** A video that has run away from the first by more than this many frames' time is set right. */
const DRIFT_FRAMES = 0.75;

export class Player {
  #root;
  #timeline;
  #frameNumber;
  #onFrame;
  /** @type {Screen[]} */
  #screens;
  #frame = 0;
  #playing = false;
  #tick = 0;
  #scrub;
  #play;
  #told;

  /**
   * @param {HTMLElement} root
   * @param {Timeline} timeline
   * @param {(frame: number) => number} frameNumber what the records call the frame
   * @param {(frame: number) => void} onFrame
   */
  constructor(root, timeline, frameNumber, onFrame) {
    this.#root = root;
    this.#timeline = timeline;
    this.#frameNumber = frameNumber;
    this.#onFrame = onFrame;
    this.#screens = [...root.querySelectorAll('.screen')].flatMap((place) =>
      place instanceof HTMLElement && place.querySelector('video') ? [new Screen(place)] : [],
    );
    this.#scrub = part(root, '.scrub', HTMLInputElement);
    this.#play = part(root, '[data-do="play"]', HTMLButtonElement);
    this.#told = part(root, '.clock', HTMLElement);
    this.#listen();
    this.#compare('side');
    this.#show(0);
  }

  get frame() {
    return this.#frame;
  }

  /**
   * Gives the videos what they show.
   * @param {(id: string) => string | null} url
   */
  open(url) {
    for (const screen of this.#screens) screen.open(url);
    this.seek(this.#frame);
  }

  close() {
    this.pause();
    for (const screen of this.#screens) screen.close();
  }

  /** @param {number} frame */
  seek(frame) {
    this.#stop();
    this.#show(this.#timeline.clamp(frame));
    for (const screen of this.#screens) screen.seek(this.#timeline.middleOf(this.#frame) / 1000);
  }

  /** @param {number} frames */
  step(frames) {
    this.seek(this.#frame + frames);
  }

  toggle() {
    if (this.#playing) this.pause();
    else this.#start();
  }

  pause() {
    if (this.#playing) this.seek(this.#frame);
  }

  #start() {
    if (this.#screens.length === 0) return;
    if (this.#frame >= this.#timeline.frames - 1) this.seek(0);
    this.#playing = true;
    this.#tellPlaying();
    const rate = Number(part(this.#root, '.speed', HTMLSelectElement).value);
    for (const screen of this.#screens) screen.play(rate);
    this.#tick = requestAnimationFrame(() => this.#follow());
  }

  #stop() {
    cancelAnimationFrame(this.#tick);
    if (!this.#playing) return;
    this.#playing = false;
    this.#tellPlaying();
    for (const screen of this.#screens) screen.video.pause();
  }

  /** While the videos play, the first is the clock. */
  #follow() {
    const first = this.#screens[0]?.video;
    if (first === undefined || !this.#playing) return;
    const seconds = first.currentTime;
    const frame = this.#timeline.frameAt(seconds * 1000);
    if (frame !== this.#frame) this.#show(frame);
    if (first.ended || frame >= this.#timeline.frames - 1) {
      this.seek(this.#timeline.frames - 1);
      return;
    }
    const frameS = (this.#timeline.startOf(frame + 1) - this.#timeline.startOf(frame)) / 1000;
    for (const { video } of this.#screens.slice(1)) {
      const allowed = Math.max(frameS * DRIFT_FRAMES, 0.02) * Math.max(1, first.playbackRate);
      if (!video.seeking && Math.abs(video.currentTime - seconds) > allowed) video.currentTime = seconds;
    }
    this.#tick = requestAnimationFrame(() => this.#follow());
  }

  /** @param {number} frame */
  #show(frame) {
    this.#frame = frame;
    const at = `frame ${this.#frameNumber(frame)}`;
    const time = clock(this.#timeline.startOf(frame));
    this.#scrub.value = String(frame);
    this.#scrub.setAttribute('aria-valuetext', `${at}, ${time}`);
    this.#told.textContent = `${at} · ${time}`;
    for (const screen of this.#screens) screen.inPart(this.#timeline.startOf(frame));
    this.#onFrame(frame);
  }

  #tellPlaying() {
    this.#play.setAttribute('aria-label', this.#playing ? 'Pause' : 'Play');
    this.#play.setAttribute('aria-pressed', String(this.#playing));
  }

  /** @param {string} mode */
  #compare(mode) {
    const screens = part(this.#root, '.screens', HTMLElement);
    screens.dataset['mode'] = mode;
    for (const button of this.#root.querySelectorAll('[data-mode-of]')) {
      button.setAttribute('aria-pressed', String(button.getAttribute('data-mode-of') === mode));
    }
    const stacked = mode !== 'side';
    const chosen = this.#root.querySelector('.pair');
    if (chosen instanceof HTMLElement) chosen.hidden = !stacked;
    const select = this.#root.querySelector('.pair select');
    const pair = select instanceof HTMLSelectElement ? select.value.split(' ') : [];
    for (const screen of this.#screens) {
      screen.root.hidden = stacked && pair.length > 0 && !pair.includes(screen.role);
      screen.root.classList.toggle('upper', stacked && screen.role === pair[1]);
    }
    const wipe = this.#root.querySelector('.wipe');
    if (wipe instanceof HTMLElement) wipe.hidden = mode !== 'wipe';
  }

  #listen() {
    this.#scrub.addEventListener('input', () => this.seek(Number(this.#scrub.value)));
    this.#play.addEventListener('click', () => this.toggle());
    for (const [name, frames] of /** @type {[string, number][]} */ ([
      ['back', -1],
      ['forward', 1],
    ])) {
      part(this.#root, `[data-do="${name}"]`, HTMLButtonElement).addEventListener('click', () => this.step(frames));
    }
    const speed = part(this.#root, '.speed', HTMLSelectElement);
    speed.addEventListener('change', () => {
      for (const { video } of this.#screens) video.playbackRate = Number(speed.value);
    });
    let mode = 'side';
    for (const button of this.#root.querySelectorAll('[data-mode-of]')) {
      button.addEventListener('click', () => {
        mode = button.getAttribute('data-mode-of') ?? 'side';
        this.#compare(mode);
      });
    }
    this.#root.querySelector('.pair select')?.addEventListener('change', () => this.#compare(mode));
    this.#listenToWipe();
  }

  #listenToWipe() {
    const slider = this.#root.querySelector('.wipe input');
    const screens = part(this.#root, '.screens', HTMLElement);
    if (!(slider instanceof HTMLInputElement)) return;
    const set = () => screens.style.setProperty('--wipe', `${slider.value}%`);
    slider.addEventListener('input', set);
    const drag = (/** @type {PointerEvent} */ event) => {
      if (screens.dataset['mode'] !== 'wipe' || !(event.buttons & 1)) return;
      const box = screens.getBoundingClientRect();
      slider.value = String(Math.round((100 * (event.clientX - box.left)) / box.width));
      set();
    };
    screens.addEventListener('pointerdown', (event) => {
      if (screens.dataset['mode'] === 'wipe') screens.setPointerCapture(event.pointerId);
      drag(event);
    });
    screens.addEventListener('pointermove', drag);
    set();
  }
}

/** One video with its caption. A new place is only asked for when the last one has been reached. */
class Screen {
  #next = NaN;
  #url = '';
  #parts;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.role = root.dataset['role'] ?? '';
    this.video = part(root, 'video', HTMLVideoElement);
    this.#parts = /** @type {[number, number][]} */ (JSON.parse(root.dataset['parts'] ?? '[]'));
    this.video.addEventListener('seeked', () => this.#reached());
    this.video.addEventListener('loadedmetadata', () => this.#reached());
    this.video.addEventListener('error', () => {
      if (this.#url !== '') root.classList.add('broken');
    });
  }

  /** @param {(id: string) => string | null} url */
  open(url) {
    if (this.#url !== '') return;
    this.#url = url(this.root.dataset['video'] ?? '') ?? '';
    if (this.#url !== '') this.video.src = this.#url;
  }

  close() {
    if (this.#url === '') return;
    const url = this.#url;
    this.#url = '';
    this.video.removeAttribute('src');
    this.video.load();
    URL.revokeObjectURL(url);
  }

  /** @param {number} seconds */
  seek(seconds) {
    this.#next = seconds;
    if (!this.video.seeking) this.#reached();
  }

  /** @param {number} rate */
  play(rate) {
    this.#next = NaN;
    this.video.playbackRate = rate;
    // Refused only where the video is gone again, which the page shows already.
    void this.video.play().catch(() => undefined);
  }

  /**
   * Says so where a shortened video shows nothing of that time.
   * @param {number} ms
   */
  inPart(ms) {
    const there = this.#parts.length === 0 || this.#parts.some(([first, last]) => ms >= first && ms <= last);
    this.root.classList.toggle('outside', !there);
  }

  #reached() {
    if (Number.isNaN(this.#next) || this.video.readyState === 0) return;
    const next = this.#next;
    this.#next = NaN;
    if (Math.abs(this.video.currentTime - next) > 1e-4) this.video.currentTime = next;
  }
}

/**
 * @template {Element} Kind
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
export function part(root, selector, kind) {
  const found = root.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`The report has no ${kind.name} ${selector}.`);
  return found;
}
