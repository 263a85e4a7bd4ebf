/** One take of the report: made when it is first opened, its videos let go of when it is closed. */

import { element } from '../js/elements.js';
import { takeData, videoUrl } from './data.js';
import { histogram } from './histogram.js';
import { lanes, strips } from './lanes.js';
import { clock } from './numbers.js';
import { part, Player } from './player.js';
import { Plot } from './plot.js';
import { Timeline } from './timeline.js';

/** @typedef {import('./data.js').TakeData} TakeData */
/** @typedef {import('./preview.js').Preview} Preview */

/** How far Shift goes. */
const LEAP = 10;

export class Take {
  #root;
  #preview;
  /** @type {TakeData | null} */
  #data = null;
  #timeline = new Timeline([], 0);
  /** @type {Plot[]} */
  #plots = [];
  /** @type {Player | null} */
  #player = null;
  /** @type {string | null} */
  #hoverUrl = null;
  #worst = -1;

  /**
   * @param {HTMLDetailsElement} root
   * @param {Preview} preview
   */
  constructor(root, preview) {
    this.#root = root;
    this.#preview = preview;
    root.addEventListener('toggle', () => (root.open ? this.open() : this.close()));
    if (root.open) this.open();
  }

  open() {
    this.plot();
    this.#player?.open((id) => {
      const url = videoUrl(id);
      if (id === this.#root.dataset['hover']) this.#hoverUrl = url;
      return url;
    });
  }

  close() {
    if (this.#hoverUrl !== null) this.#preview.source(null);
    this.#hoverUrl = null;
    this.#player?.close();
  }

  /** Draws what can be drawn without videos; again only what has changed its width. */
  plot() {
    if (this.#data === null) this.#make();
    for (const plot of this.#plots) plot.layout();
  }

  #make() {
    const data = takeData(this.#root.dataset['data'] ?? '');
    if (data === null || data.frames === 0) return;
    this.#data = data;
    this.#timeline = new Timeline(data.deltas, data.points);
    const pointing = {
      hover: (/** @type {number | null} */ frame, /** @type {number} */ x, /** @type {number} */ y) =>
        this.#hover(frame, x, y),
      seek: (/** @type {number} */ frame) => this.#player?.seek(frame),
    };
    this.#plots = data.plots.map((plot) => new Plot(plot, this.#timeline, data.stretches, pointing));
    part(this.#root, '.plots', HTMLElement).append(...this.#plots.map((plot) => plot.element));
    const seek = (/** @type {number} */ frame) => this.#player?.seek(frame);
    if (data.stretches.length) part(this.#root, '.stretches', HTMLElement).append(lanes(data.stretches, this.#timeline, seek));
    if (data.strips.length) part(this.#root, '.colours', HTMLElement).append(strips(data.strips, this.#timeline));
    if (data.still.length) part(this.#root, '.plots', HTMLElement).before(stillness(data.still));
    this.#distributions(data);
    this.#player = new Player(
      part(this.#root, '.player', HTMLElement),
      this.#timeline,
      (frame) => this.#number(frame),
      (frame) => this.#shown(frame),
    );
    this.#listen();
    const resized = new ResizeObserver(() => {
      if (this.#root.open) this.plot();
    });
    resized.observe(this.#root);
  }

  /** @param {TakeData} data */
  #distributions(data) {
    const place = part(this.#root, '.distributions', HTMLElement);
    for (const { title, unit, lines } of data.plots) {
      for (const line of lines) {
        if (line.histogram === null) continue;
        place.append(histogram(lines.length > 1 ? `${title}: ${line.name}` : title, unit, line.histogram));
      }
    }
    const heading = this.#root.querySelector('.distributions-title');
    if (heading instanceof HTMLElement) heading.hidden = place.childElementCount === 0;
  }

  /**
   * What the records call a frame.
   * @param {number} frame
   */
  #number(frame) {
    return this.#data?.indices?.[frame] ?? (this.#data?.first ?? 0) + frame;
  }

  /** @param {number} frame */
  #shown(frame) {
    for (const plot of this.#plots) plot.show(frame);
  }

  /**
   * @param {number | null} frame
   * @param {number} x
   * @param {number} y
   */
  #hover(frame, x, y) {
    for (const plot of this.#plots) plot.point(frame);
    if (frame === null) {
      this.#preview.hide();
      return;
    }
    const title = `frame ${this.#number(frame)} · ${clock(this.#timeline.startOf(frame), 3)}`;
    const under = this.#plots.find((plot) => plot.element.matches(':hover'));
    const values = (under?.describe(frame) ?? []).map(({ name, text }, _, all) => ({
      name: all.length > 1 ? name : (under?.title ?? name),
      text,
    }));
    const here = this.#data?.stretches.filter(({ first, last }) => frame >= first && frame <= last) ?? [];
    values.push(...here.map(({ text }) => ({ name: text, text: '' })));
    this.#preview.source(this.#hoverUrl);
    this.#preview.show(title, values, this.#timeline.middleOf(frame) / 1000, { x, y });
  }

  /** The buttons of the worst frames, the worst first. */
  #gallery() {
    return [...this.#root.querySelectorAll('.worst button')].filter((button) => button instanceof HTMLButtonElement);
  }

  /** @param {HTMLButtonElement} button */
  #visit(button) {
    this.#worst = this.#gallery().indexOf(button);
    const wanted = Number(button.dataset['frame']);
    this.#player?.seek(wanted);
    const quiet = matchMedia('(prefers-reduced-motion: reduce)').matches;
    part(this.#root, '.player', HTMLElement).scrollIntoView({ block: 'nearest', behavior: quiet ? 'auto' : 'smooth' });
  }

  #listen() {
    for (const button of this.#gallery()) button.addEventListener('click', () => this.#visit(button));
    this.#root.addEventListener('keydown', (event) => this.#key(event));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const player = this.#player;
    const on = event.target;
    if (player === null || event.altKey || event.ctrlKey || event.metaKey || on instanceof HTMLSelectElement) return;
    if (on instanceof HTMLInputElement && !on.classList.contains('scrub')) return;
    const pressable = on instanceof HTMLButtonElement || on instanceof HTMLAnchorElement;
    const inSummary = on instanceof Element && on.closest('summary') !== null;
    const far = event.shiftKey ? LEAP : 1;
    if (event.key === 'ArrowLeft') player.step(-far);
    else if (event.key === 'ArrowRight') player.step(far);
    else if (event.key === 'Home') player.seek(0);
    else if (event.key === 'End') player.seek(Infinity);
    else if (event.key === 'n' || event.key === 'N') this.#next(event.shiftKey ? -1 : 1);
    else if (event.key === 'k' || (event.key === ' ' && !pressable && !inSummary)) player.toggle();
    else return;
    event.preventDefault();
  }

  /** @param {number} step */
  #next(step) {
    const all = this.#gallery();
    if (all.length === 0) return;
    const at = this.#worst < 0 ? (step > 0 ? 0 : all.length - 1) : (this.#worst + step + all.length) % all.length;
    const button = all[at];
    if (button !== undefined) {
      button.focus({ preventScroll: true });
      this.#visit(button);
    }
  }
}

/**
 * What never changes needs no plot.
 * @param {TakeData['still']} list
 */
function stillness(list) {
  const told = element('p', { class: 'steady' }, 'Without change: ');
  list.forEach(({ title, measure, text }, n) => {
    if (n > 0) told.append('; ');
    told.append(measure === null ? title : element('a', { href: `#measure-${measure}` }, title), ` ${text}`);
  });
  told.append('.');
  return told;
}

/** The sentence of a report that was cut short on its way. */
export function incomplete() {
  return element('p', { class: 'note', role: 'alert' }, 'This file is incomplete; make the report again.');
}
