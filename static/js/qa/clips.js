/** The clips that are here: which one a run is made of, how long each stays, and its end. */

import { element, icon } from '../elements.js';
import { counted, length, size, until } from './words.js';

/** @typedef {import('./api.js').Clip} Clip */

/**
 * @typedef {object} ClipListener
 * @property {() => void} onChoose
 * @property {(clip: Clip) => void} onDelete
 * @property {(clip: Clip) => void} onExtend
 */

export class ClipList {
  #root;
  #listener;
  /** @type {Clip[]} */
  #clips = [];
  #told = '';
  #chosen = '';

  /**
   * @param {HTMLElement} root
   * @param {ClipListener} listener
   */
  constructor(root, listener) {
    this.#root = root;
    this.#listener = listener;
  }

  /** @returns {Clip | null} */
  get chosen() {
    return this.#clips.find((clip) => clip.id === this.#chosen) ?? null;
  }

  /** @param {string} id */
  choose(id) {
    this.#chosen = id;
    for (const box of this.#root.querySelectorAll('input')) box.checked = box.value === id;
    this.#listener.onChoose();
  }

  /**
   * @param {Clip[]} clips
   * @param {number} nowMs
   */
  show(clips, nowMs) {
    this.#clips = clips;
    if (this.chosen === null) this.#chosen = clips[0]?.id ?? '';
    const told = JSON.stringify([clips.map((clip) => [clip.id, until(clip.expires_ms - nowMs)])]);
    if (told === this.#told) return;
    this.#told = told;
    const focused = this.#root.contains(document.activeElement) ? document.activeElement?.getAttribute('data-key') : null;
    this.#root.hidden = clips.length === 0;
    this.#root.replaceChildren(...clips.map((clip) => this.#row(clip, nowMs)));
    if (focused) this.#root.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.dispatchEvent(new Event('restore'));
    this.#listener.onChoose();
  }

  /**
   * @param {Clip} clip
   * @param {number} nowMs
   */
  #row(clip, nowMs) {
    const box = element('input', { type: 'radio', name: 'clip', value: clip.id, 'data-key': `choose-${clip.id}` });
    box.checked = clip.id === this.#chosen;
    box.addEventListener('change', () => this.choose(clip.id));
    const picture = element('img', { class: 'poster', alt: '', src: `/api/qa/clips/${clip.id}/poster.jpg`, width: '72', height: '54' });
    picture.addEventListener('error', () => picture.replaceWith(element('span', { class: 'poster' }, icon('film'))));
    const { probe } = clip;
    const facts = [
      ...(probe.duration_ms === null ? [] : [length(probe.duration_ms)]),
      `${probe.width_px}×${probe.height_px}`,
      ...(probe.frames === null ? [] : [counted(probe.frames, 'frame')]),
      size(clip.bytes),
    ];
    const words = element(
      'span',
      { class: 'clip-words' },
      element('span', { class: 'clip-name', title: clip.name }, clip.name),
      element('span', { class: 'soft' }, facts.join(' · ')),
      element('span', { class: 'soft' }, `${clip.kind === 'recording' ? 'Recording, deleted' : 'Deleted'} ${until(clip.expires_ms - nowMs)}`),
      ...(probe.warning === null ? [] : [element('span', { class: 'warned' }, probe.warning)]),
    );
    const remove = this.#button('delete', `Delete ${clip.name}`, clip, () => this.#listener.onDelete(clip));
    const extend = this.#button('clock', `Keep ${clip.name} for its whole time again`, clip, () => this.#listener.onExtend(clip));
    for (const node of [box, remove, extend]) node.addEventListener('restore', () => node.focus());
    return element(
      'div',
      { class: 'clip' },
      element('label', { class: 'clip-label' }, box, picture, words),
      element('div', { class: 'clip-buttons' }, ...(clip.kind === 'upload' ? [extend] : []), remove),
    );
  }

  /**
   * @param {string} name
   * @param {string} label
   * @param {Clip} clip
   * @param {() => void} then
   */
  #button(name, label, clip, then) {
    const made = element('button', { type: 'button', class: 'small-icon', 'aria-label': label, title: label, 'data-key': `${name}-${clip.id}` }, icon(name));
    made.addEventListener('click', then);
    return made;
  }
}
