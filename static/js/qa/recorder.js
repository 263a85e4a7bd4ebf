/** Records the camera: after everybody agreed, with a sign that cannot be overlooked, and not longer than allowed. */

import { byId } from '../elements.js';

const PREFERRED = Object.freeze(['video/mp4;codecs=avc1.42E01F', 'video/webm;codecs=vp8', 'video/webm', 'video/mp4']);
const BITS_PER_SECOND = 6_000_000;
const TICK_MS = 200;

/** What getUserMedia's error names mean to a person. */
/** @type {Readonly<Record<string, string>>} */
const TROUBLES = Object.freeze({
  NotAllowedError: 'This browser did not get permission to use the camera. Allow it next to the address above, then try again.',
  NotFoundError: 'No camera was found. Connect one and try again.',
  NotReadableError: 'Another program or tab holds the camera. Close it there, then try again.',
});

/** @typedef {'agree' | 'opening' | 'open' | 'recording'} Phase */

export class Recorder {
  #dialog = byId('recorder', HTMLDialogElement);
  #video = byId('recorder-video', HTMLVideoElement);
  #agree = byId('recorder-agree', HTMLInputElement);
  #go = byId('recorder-go', HTMLButtonElement);
  #problem = byId('recorder-problem', HTMLParagraphElement);
  #onClip;
  /** @type {Phase} */
  #phase = 'agree';
  /** @type {MediaStream | null} */
  #stream = null;
  /** @type {MediaRecorder | null} */
  #recorder = null;
  #timer = 0;
  #maxMs = 60_000;

  /** @param {(clip: Blob, name: string) => void} onClip */
  constructor(onClip) {
    this.#onClip = onClip;
    this.#agree.addEventListener('change', () => this.#show(this.#phase));
    this.#go.addEventListener('click', () => this.#next());
    byId('recorder-close', HTMLButtonElement).addEventListener('click', () => this.#dialog.close());
    this.#dialog.addEventListener('close', () => this.#end());
  }

  /** @param {number} maxMs */
  open(maxMs) {
    this.#maxMs = maxMs;
    this.#agree.checked = false;
    this.#problem.hidden = true;
    this.#show('agree');
    this.#dialog.showModal();
  }

  #next() {
    if (this.#phase === 'agree') void this.#openCamera();
    else if (this.#phase === 'open') this.#record();
    else if (this.#phase === 'recording') this.#recorder?.stop();
  }

  async #openCamera() {
    this.#show('opening');
    this.#problem.hidden = true;
    try {
      const devices = /** @type {MediaDevices | undefined} */ (navigator.mediaDevices);
      if (devices === undefined || typeof MediaRecorder === 'undefined') throw new Error('This browser cannot record its camera. Choose a file instead.');
      const stream = await devices.getUserMedia({ video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } }, audio: false });
      if (!this.#dialog.open) {
        for (const track of stream.getTracks()) track.stop();
        return;
      }
      this.#stream = stream;
      stream.getVideoTracks()[0]?.addEventListener('ended', () => this.#lost());
      this.#video.srcObject = stream;
      await this.#video.play();
      this.#show('open');
    } catch (error) {
      if (!this.#dialog.open) return;
      this.#end();
      this.#fail(error instanceof DOMException ? (TROUBLES[error.name] ?? `The camera did not open (${error.name}).`) : error instanceof Error ? error.message : String(error));
    }
  }

  #record() {
    if (this.#stream === null) return;
    const type = PREFERRED.find((candidate) => MediaRecorder.isTypeSupported(candidate));
    /** @type {Blob[]} */
    const parts = [];
    const recorder = new MediaRecorder(this.#stream, { ...(type === undefined ? {} : { mimeType: type }), videoBitsPerSecond: BITS_PER_SECOND });
    this.#recorder = recorder;
    recorder.addEventListener('dataavailable', (event) => parts.push(event.data));
    recorder.addEventListener('stop', () => {
      if (this.#recorder !== recorder) return; // closed: nothing of it is kept
      this.#recorder = null;
      const clip = new Blob(parts, { type: recorder.mimeType });
      this.#dialog.close();
      this.#onClip(clip, recordingName(new Date(), recorder.mimeType));
    });
    recorder.start();
    const began = performance.now();
    const tick = () => {
      const passed = performance.now() - began;
      byId('recorder-clock', HTMLSpanElement).textContent = `Recording · ${clock(passed)} · ${Math.max(0, Math.ceil((this.#maxMs - passed) / 1000))} s left`;
      if (passed >= this.#maxMs) recorder.stop();
    };
    this.#timer = window.setInterval(tick, TICK_MS);
    tick();
    this.#show('recording');
  }

  #lost() {
    this.#end();
    if (this.#dialog.open) this.#fail('The camera went away; nothing was kept. Connect it and try again.');
  }

  /** @param {string} sentence */
  #fail(sentence) {
    this.#problem.textContent = sentence;
    this.#problem.hidden = false;
    this.#show('agree');
  }

  /** Lets go of the camera, and of a recording that was not finished. Idempotent. */
  #end() {
    window.clearInterval(this.#timer);
    const recorder = this.#recorder;
    this.#recorder = null;
    if (recorder !== null && recorder.state !== 'inactive') recorder.stop();
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.#video.srcObject = null;
  }

  /** @param {Phase} phase */
  #show(phase) {
    this.#phase = phase;
    this.#dialog.dataset['phase'] = phase;
    byId('recorder-stage', HTMLDivElement).hidden = phase === 'agree';
    byId('recorder-consent', HTMLDivElement).hidden = phase !== 'agree';
    byId('recorder-badge', HTMLParagraphElement).hidden = phase !== 'recording';
    byId('recorder-kept', HTMLParagraphElement).hidden = phase !== 'recording';
    byId('recorder-waiting', HTMLParagraphElement).textContent = phase === 'opening' ? 'Opening the camera…' : '';
    const words = { agree: 'Open the camera', opening: 'Open the camera', open: 'Start recording', recording: 'Stop and keep' };
    this.#go.textContent = words[phase];
    this.#go.classList.toggle('grave', phase === 'recording');
    this.#go.disabled = phase === 'opening' || (phase === 'agree' && !this.#agree.checked);
    byId('recorder-close', HTMLButtonElement).textContent = phase === 'recording' ? 'Throw away' : 'Close';
  }
}

/** @param {number} ms */
export function clock(ms) {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/**
 * @param {Date} when
 * @param {string} type
 */
export function recordingName(when, type) {
  const two = (/** @type {number} */ number) => String(number).padStart(2, '0');
  const day = `${when.getFullYear()}-${two(when.getMonth() + 1)}-${two(when.getDate())}`;
  return `Recording ${day} ${two(when.getHours())}.${two(when.getMinutes())}.${two(when.getSeconds())}.${type.includes('mp4') ? 'mp4' : 'webm'}`;
}
