/** Clips on their way in: how far each is, and why one was refused. */

import { element, icon } from '../elements.js';
import { Refused, uploadClip } from './api.js';
import { size } from './words.js';

/** @typedef {import('./api.js').Clip} Clip */

export class Uploads {
  #root;
  #onClip;
  #bytesMax = Infinity;

  /**
   * @param {HTMLElement} root
   * @param {(clip: Clip) => void} onClip
   */
  constructor(root, onClip) {
    this.#root = root;
    this.#onClip = onClip;
  }

  /** @param {number} bytes */
  set bytesMax(bytes) {
    this.#bytesMax = bytes;
  }

  /**
   * Sends one clip; what goes wrong is told in its row.
   * @param {Blob} file
   * @param {string} name
   * @param {'upload' | 'recording'} kind
   * @returns {Promise<void>}
   */
  async send(file, name, kind) {
    const stop = new AbortController();
    const words = element('p', { class: 'doing' }, 'Uploading');
    const filled = element('span', {});
    const bar = element('div', { class: 'progress', role: 'progressbar', 'aria-label': `Upload of ${name}`, 'aria-valuemin': '0', 'aria-valuemax': '100' }, filled);
    const close = element('button', { type: 'button', class: 'small-icon', 'aria-label': `Stop the upload of ${name}` }, icon('cross'));
    const row = element('div', { class: 'upload' }, element('div', { class: 'upload-head' }, element('span', { class: 'clip-name' }, name), close), bar, words);
    close.addEventListener('click', () => {
      stop.abort();
      row.remove();
    });
    this.#root.append(row);
    try {
      if (file.size === 0) throw new Refused('The file is empty; choose another one.', 'empty');
      if (file.size > this.#bytesMax) throw new Refused(`The clip is ${size(file.size)} large; at most ${size(this.#bytesMax)} are taken. Cut it, or scale it down.`, 'qa_too_large');
      const clip = await uploadClip(
        file,
        name,
        kind,
        (fraction) => {
          filled.style.width = `${(fraction * 100).toFixed(1)}%`;
          bar.setAttribute('aria-valuenow', String(Math.round(fraction * 100)));
          bar.classList.toggle('vague', fraction >= 1);
          words.textContent = fraction < 1 ? `${size(file.size * fraction)} of ${size(file.size)}` : 'Looking at it';
        },
        stop.signal,
      );
      row.remove();
      this.#onClip(clip);
    } catch (error) {
      if (stop.signal.aborted) return;
      row.classList.add('refused');
      row.setAttribute('role', 'alert');
      close.setAttribute('aria-label', 'Close this message');
      bar.remove();
      words.textContent = error instanceof Error ? error.message : String(error);
    }
  }
}
