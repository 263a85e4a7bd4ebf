/** How the face is divided between looks, with the button that divides it, the bands' names, and what is sent for them. */

import { bands, formatHash, settled } from './look.js';
import { byId } from './elements.js';
import { say } from './words.js';

/** @typedef {import('./look.js').Look} Look */
/** @typedef {import('./look.js').LookItem} LookItem */
/** @typedef {import('./look.js').Split} Split */

export class Division {
  #button = byId('split', HTMLButtonElement);
  #tray;
  #stage;
  /** @type {Split} */
  #split = null;

  /**
   * @param {import('./tray.js').Tray} tray
   * @param {import('./stage.js').Stage} stage
   * @param {(split: Split) => void} onDivide the shopper wants the face divided so
   */
  constructor(tray, stage, onDivide) {
    this.#tray = tray;
    this.#stage = stage;
    this.#button.addEventListener('click', () => onDivide(this.#split === null ? 'bare' : null));
  }

  get split() {
    return this.#split;
  }

  /** What the button does, for a key. */
  toggle() {
    if (!this.#button.disabled) this.#button.click();
  }

  /**
   * Shows how a look is divided, as far as the catalogue has the shades and the look the product.
   * @param {Look} look
   * @param {Split} split
   */
  show(look, split) {
    this.#split = settled(look, this.#known(split));
    this.#tray.showSplit(this.#split);
    this.#button.disabled = look.size === 0;
    this.#button.setAttribute('aria-pressed', String(this.#split !== null));
    this.#stage.showBands(this.#names(this.#split));
  }

  /**
   * The page's address for a look as it is divided now.
   * @param {Look} look
   */
  address(look) {
    return formatHash(look, this.#split);
  }

  /**
   * Bands are seen from left to right; the protocol counts from the wearer's right, which a mirror shows on the right.
   * @param {Look} look
   * @returns {LookItem[][]}
   */
  looks(look) {
    const seen = bands(look, this.#split);
    return this.#stage.mirrored ? seen.reverse() : seen;
  }

  /**
   * @param {Split} split
   * @returns {Split}
   */
  #known(split) {
    if (split === null || split === 'bare') return split;
    const shades = this.#tray.find(split.sku)?.shades ?? [];
    return split.shades.every((id) => shades.some((shade) => shade.id === id)) ? split : null;
  }

  /** @param {Split} split */
  #names(split) {
    if (split === null) return [];
    if (split === 'bare') return [say('mirror.without'), say('mirror.with')];
    const shades = this.#tray.find(split.sku)?.shades ?? [];
    return split.shades.map((id) => shades.find((shade) => shade.id === id)?.name ?? id);
  }
}
