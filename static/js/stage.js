/** The mirror's frame: what stands over the picture, and the before/after control. */

import { byId, element } from './elements.js';
import { hintOf } from './sizes.js';
import { Level, StatusBoard } from './status.js';

/** @typedef {import('./painter.js').Painter} Painter */
/** @typedef {import('./sources/source.js').SourceError} SourceError */

const STATUS_TICK_MS = 200;

/** A press shorter than this is a tap: it switches. A longer one shows the face without while it lasts. */
const TAP_MS = 250;

export class Stage {
  canvas = byId('picture', HTMLCanvasElement);
  #root = byId('stage', HTMLElement);
  #status = byId('status', HTMLParagraphElement);
  #trouble = byId('trouble', HTMLDivElement);
  #waiting = byId('waiting', HTMLParagraphElement);
  #compare = byId('compare', HTMLButtonElement);
  #before = byId('before', HTMLElement);
  #bands = byId('bands', HTMLElement);
  #keeping = [byId('save', HTMLButtonElement), byId('share', HTMLButtonElement)];
  #board = new StatusBoard();
  /** @type {Painter | null} */
  #painter = null;
  #latched = false;
  #ratio = '';

  constructor() {
    window.setInterval(() => this.#showStatus(), STATUS_TICK_MS);
  }

  get mirrored() {
    return this.#root.classList.contains('mirrored');
  }

  /** @param {Painter} painter */
  attach(painter) {
    this.#painter = painter;
    let heldSinceMs = 0;
    this.#compare.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      this.#compare.setPointerCapture(event.pointerId);
      heldSinceMs = event.timeStamp;
      this.#showBefore(true);
    });
    this.#compare.addEventListener('pointerup', (event) => {
      if (event.timeStamp - heldSinceMs < TAP_MS) this.toggleBefore();
      else this.#release();
    });
    this.#compare.addEventListener('pointercancel', () => this.#release());
    this.#compare.addEventListener('contextmenu', (event) => event.preventDefault()); // a long press is not a menu here
    this.#compare.addEventListener('click', (event) => {
      if (event.detail === 0) this.toggleBefore(); // Enter, Space or a screen reader: nothing to hold down
    });
  }

  #release() {
    this.#latched = false;
    this.#showBefore(false);
  }

  /** Shows the face without the product, until asked again. */
  toggleBefore() {
    this.#latched = !this.#latched;
    this.#showBefore(this.#latched);
  }

  /**
   * A source is about to run.
   * @param {'camera' | 'sample' | 'photo'} name
   * @param {boolean} mirrored
   * @param {string} text
   */
  prepare(name, mirrored, text) {
    this.hideTrouble();
    this.#release();
    this.#root.dataset['source'] = name;
    this.#root.classList.toggle('mirrored', mirrored);
    this.#root.classList.remove('live');
    this.#waiting.textContent = text;
    this.#enable(false);
  }

  /** A picture shows; the frame takes its shape. */
  live() {
    const ratio = (this.canvas.width / this.canvas.height).toFixed(4);
    if (ratio !== this.#ratio) this.#root.style.setProperty('--ratio', (this.#ratio = ratio));
    if (this.#root.classList.contains('live')) return;
    this.#root.classList.add('live');
    this.#enable(true);
  }

  /**
   * Says why there is no picture, with what to do instead.
   * @param {{ title: string, message: string }} error
   * @param {{ label: string, act: () => void }[]} actions the first one is the obvious one
   */
  showTrouble(error, actions) {
    this.#root.classList.remove('live');
    this.#enable(false);
    this.#waiting.textContent = '';
    const buttons = actions.map(({ label, act }, index) => {
      const button = element('button', { type: 'button', class: index === 0 ? 'button primary' : 'button' }, label);
      button.addEventListener('click', act);
      return button;
    });
    this.#trouble.replaceChildren(
      element('h2', {}, error.title),
      element('p', {}, error.message),
      element('div', { class: 'actions' }, ...buttons),
    );
    this.#trouble.hidden = false;
    this.#root.classList.add('troubled');
  }

  hideTrouble() {
    this.#trouble.hidden = true;
    this.#root.classList.remove('troubled');
    this.#trouble.replaceChildren();
  }

  /**
   * @param {string} key
   * @param {number} level
   * @param {string} text
   * @param {number} [forMs]
   */
  say(key, level, text, forMs) {
    this.#board.set(key, level, text, performance.now(), forMs);
    this.#showStatus();
  }

  /** @param {string} key */
  unsay(key) {
    this.#board.clear(key);
  }

  /**
   * Replaces the hints by those that hold now.
   * @param {readonly string[]} codes
   * @param {Readonly<Record<string, string>>} texts
   * @param {readonly string[]} before
   */
  sayHints(codes, texts, before) {
    for (const code of before) if (!codes.includes(code)) this.unsay(`hint:${code}`);
    for (const code of codes) {
      const text = hintOf(code, texts);
      if (text !== '') this.say(`hint:${code}`, Level.HINT, text);
    }
  }

  /**
   * Names the bands of a face that is divided, from left to right; none where it is not.
   * @param {readonly string[]} names
   */
  showBands(names) {
    this.#bands.hidden = names.length === 0;
    this.#bands.replaceChildren(...names.map((name) => element('li', {}, name)));
  }

  /** @param {boolean} bare */
  #showBefore(bare) {
    if (this.#painter !== null) this.#painter.bare = bare;
    this.#before.hidden = !bare;
    this.#compare.setAttribute('aria-pressed', String(bare));
  }

  /** @param {boolean} on */
  #enable(on) {
    this.#compare.disabled = !on;
    for (const button of this.#keeping) button.disabled = !on;
  }

  #showStatus() {
    const entry = this.#board.at(performance.now());
    const text = entry?.text ?? '';
    if (this.#status.textContent !== text) this.#status.textContent = text;
    this.#status.dataset['level'] = entry === null ? '' : String(entry.level);
  }
}
