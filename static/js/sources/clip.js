/** The sample clip: it plays through the very same path as a camera. */

import { grabVideo, hiddenVideo, SourceError, watchVideo } from './source.js';

/** @typedef {import('./source.js').Source} Source */
/** @typedef {import('./source.js').SourceListener} SourceListener */

const SAMPLE_URL = '/api/sample.mp4';

/** @implements {Source} */
export class Clip {
  /** @type {'sample'} */
  name = 'sample';
  mirrored = true;
  still = false;
  #video = hiddenVideo();
  /** @type {() => void} */
  #unwatch = () => undefined;
  #stopped = false;

  /** @param {SourceListener} listener */
  async start(listener) {
    this.#video.loop = true;
    this.#video.src = SAMPLE_URL;
    try {
      await this.#video.play();
    } catch {
      if (this.#stopped) return;
      throw new SourceError('sample');
    }
    if (this.#stopped) return;
    this.#video.addEventListener('error', () => {
      if (!this.#stopped) listener.onLost(new SourceError('sample'));
    });
    // A clip's frames carry no capture time: when they show is when they were taken.
    this.#unwatch = watchVideo(this.#video, () => listener.onPicture(performance.now()));
  }

  async grab() {
    return this.#stopped ? null : grabVideo(this.#video);
  }

  stop() {
    this.#stopped = true;
    this.#unwatch();
    this.#video.pause();
    this.#video.removeAttribute('src');
    this.#video.load();
  }
}
