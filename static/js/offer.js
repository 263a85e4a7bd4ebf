/** The bar with the product that can be bought: its name, its price, and the button. */

import { byId } from './elements.js';
import { locale } from './words.js';

/** @typedef {import('./catalogue.js').Product} Product */
/** @typedef {import('./catalogue.js').Price} Price */

export class Offer {
  #root = byId('offer', HTMLElement);
  #name = byId('offer-name', HTMLElement);
  #price = byId('offer-price', HTMLElement);
  #label = byId('offer-label', HTMLElement);

  /**
   * @param {string} label
   * @param {() => void} onAdd
   */
  constructor(label, onAdd) {
    this.#label.textContent = label;
    byId('offer-add', HTMLButtonElement).addEventListener('click', onAdd);
  }

  /** @param {Product | undefined} product none hides it */
  show(product) {
    this.#root.hidden = product === undefined;
    this.#name.textContent = product?.name ?? '';
    this.#price.textContent = product?.price == null ? '' : priceText(product.price, locale());
  }

  /**
   * Says for a moment what happened.
   * @param {string} text
   */
  confirm(text) {
    const label = this.#label.textContent;
    if (this.#root.classList.contains('done')) return;
    this.#root.classList.add('done');
    this.#label.textContent = text;
    window.setTimeout(() => {
      this.#root.classList.remove('done');
      this.#label.textContent = label;
    }, CONFIRM_MS);
  }
}

const CONFIRM_MS = 2000;

/**
 * How people write it: without the digits that its currency has and nobody uses, as in forints, unless they say something.
 * @param {Price} price
 * @param {string} language
 */
export function priceText({ minor, currency, digits }, language) {
  const amount = minor / 10 ** digits;
  const usual = new Intl.NumberFormat(language, { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? digits;
  const least = Number.isInteger(amount) ? Math.min(usual, digits) : digits;
  const shown = { style: /** @type {const} */ ('currency'), currency, minimumFractionDigits: least, maximumFractionDigits: digits };
  return new Intl.NumberFormat(language, shown).format(amount);
}
