/** What is worn, in cosmetic order: each with its shade, a way to its settings, and a way to take it off. */

import { orderOf } from './catalogue.js';
import { element, icon } from './elements.js';
import { say } from './words.js';
import { paintOf } from './worn.js';

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
   */
  show(look, find) {
    const worn = [...look].sort(([one], [other]) => orderOf(one) - orderOf(other));
    this.#root.hidden = worn.length === 0;
    const key = JSON.stringify(worn.map(([slot, { sku, shade }]) => [slot, sku, shade]));
    if (key === this.#shown) return; // a slider moves: nothing here changes
    this.#shown = key;
    const focused = this.#list.contains(document.activeElement);
    this.#list.replaceChildren(
      ...worn.flatMap(([slot, item]) => {
        const product = find(item.sku);
        return product === undefined ? [] : [this.#row(slot, product, item.shade)];
      }),
    );
    if (focused) this.#list.querySelector('button')?.focus();
  }

  /**
   * @param {string} slot
   * @param {Product} product
   * @param {string | undefined} shadeId
   */
  #row(slot, product, shadeId) {
    const shade = product.shades.find((candidate) => candidate.id === shadeId);
    const dot = element('span', { class: 'dot', 'aria-hidden': 'true' });
    if (shade !== undefined) dot.style.setProperty('--swatch', paintOf(shade));
    const name = element('span', { class: 'worn-name' }, product.name, ...(shade === undefined ? [] : [element('small', {}, shade.name)]));
    const open = element('button', { type: 'button', class: 'worn-open' }, ...(shade === undefined ? [] : [dot]), name);
    open.addEventListener('click', () => this.#onShow(slot));
    const remove = element('button', { type: 'button', class: 'worn-remove', 'aria-label': say('tray.take_off', { product: product.name }) }, icon('close'));
    remove.addEventListener('click', () => this.#onRemove(slot));
    return element('li', {}, open, remove);
  }
}
