/** What is worn, in cosmetic order: each with its shade, a way to its settings, and a way to take it off. */

import { orderOf } from './catalogue.js';
import { element, icon } from './elements.js';
import { say } from './words.js';
import { paintOf, shadeNameOf } from './worn.js';

/** @typedef {import('./catalogue.js').Product} Product */
/** @typedef {import('./look.js').Look} Look */

export class WornList {
  #root;
  #list = element('ul', { class: 'worn-items', 'aria-label': say('tray.worn') });
  #onShow;
  #onRemove;
  #shown = '';

  /**
   * @param {HTMLElement} root
   * @param {(slot: string) => void} onShow go to the settings of what is worn there
   * @param {(slot: string) => void} onRemove
   */
  constructor(root, onShow, onRemove) {
    this.#root = root;
    this.#onShow = onShow;
    this.#onRemove = onRemove;
    root.replaceChildren(this.#list);
  }

  /**
   * @param {Look} look
   * @param {(sku: string) => Product | undefined} find
   * @param {Readonly<Record<string, string>>} matched by sku the shades that the shopper's own skin decides
   */
  show(look, find, matched) {
    const worn = [...look].sort(([one], [other]) => orderOf(one) - orderOf(other));
    this.#root.hidden = worn.length === 0;
    const key = JSON.stringify(worn.map(([slot, { sku, shade }]) => [slot, sku, shade, matched[sku]]));
    if (key === this.#shown) return; // a slider moves: nothing here changes
    this.#shown = key;
    const focused = this.#list.contains(document.activeElement);
    this.#list.replaceChildren(
      ...worn.flatMap(([slot, item]) => {
        const product = find(item.sku);
        return product === undefined ? [] : [this.#row(slot, product, item.shade, matched[item.sku])];
      }),
    );
    if (focused) this.#list.querySelector('button')?.focus();
  }

  /**
   * @param {string} slot
   * @param {Product} product
   * @param {string | undefined} shadeId
   * @param {string | undefined} matched
   */
  #row(slot, product, shadeId, matched) {
    const shade = product.shades.find((candidate) => candidate.id === (shadeId ?? matched));
    const dot = element('span', { class: 'dot', 'aria-hidden': 'true' });
    if (shade !== undefined) dot.style.setProperty('--swatch', paintOf(shade));
    const shadeName = shadeNameOf(product, shadeId, matched);
    const name = element('span', { class: 'worn-name' }, product.name, ...(shadeName === '' ? [] : [element('small', {}, shadeName)]));
    const open = element('button', { type: 'button', class: 'worn-open' }, ...(shade === undefined ? [] : [dot]), name);
    open.addEventListener('click', () => this.#onShow(slot));
    const remove = element('button', { type: 'button', class: 'worn-remove', 'aria-label': say('tray.take_off', { product: product.name }) }, icon('close'));
    remove.addEventListener('click', () => this.#onRemove(slot));
    return element('li', {}, open, remove);
  }
}
