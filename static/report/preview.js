/** What the pointer hovers over: the frame's number and time, the values there, and the picture itself. */

import { element } from '../js/elements.js';

const GAP = 14;

export class Preview {
  #box;
  #video;
  #title = element('p', { class: 'preview-frame' });
  #values = element('dl', {});
  #next = NaN;

  constructor() {
    this.#video = element('video', { muted: '', playsinline: '', preload: 'auto', 'aria-hidden': 'true', tabindex: '-1' });
    this.#video.muted = true;
    this.#box = element('div', { class: 'preview', hidden: '', 'aria-hidden': 'true' });
    this.#box.append(this.#video, this.#title, this.#values);
    this.#video.addEventListener('seeked', () => this.#reached());
    this.#video.addEventListener('loadeddata', () => this.#reached());
    document.body.append(this.#box);
  }

  /**
   * The video that it takes its pictures from; null: none.
   * @param {string | null} url
   */
  source(url) {
    if (this.#video.getAttribute('src') === url) return;
    this.#video.hidden = url === null;
    if (url === null) {
      this.#video.removeAttribute('src');
      this.#video.load();
    } else {
      this.#video.src = url;
    }
  }

  /**
   * @param {string} title
   * @param {readonly { name: string, text: string }[]} values
   * @param {number} seconds
   * @param {{ x: number, y: number }} pointer in the window
   */
  show(title, values, seconds, { x, y }) {
    this.#title.textContent = title;
    this.#values.replaceChildren(
      ...values.map(({ name, text }) => element('div', {}, element('dt', {}, name), element('dd', {}, text))),
    );
    this.#box.hidden = false;
    const { offsetWidth: width, offsetHeight: height } = this.#box;
    const right = x + GAP + width <= innerWidth;
    this.#box.style.left = `${Math.max(4, right ? x + GAP : x - GAP - width)}px`;
    this.#box.style.top = `${Math.max(4, Math.min(innerHeight - height - 4, y - height / 2))}px`;
    this.#next = seconds;
    if (!this.#video.seeking) this.#reached();
  }

  hide() {
    this.#box.hidden = true;
  }

  #reached() {
    if (Number.isNaN(this.#next) || this.#video.readyState === 0) return;
    const next = this.#next;
    this.#next = NaN;
    if (Math.abs(this.#video.currentTime - next) > 1e-4) this.#video.currentTime = next;
  }
}
