/** Which looks a run wears: products and shades, each by itself or glasses and makeup together. */

import { groupByKind, thumbnailUrl } from '../catalogue.js';
import { element, icon } from '../elements.js';
import { counted } from './words.js';

/** @typedef {import('../catalogue.js').Product} Product */
/** @typedef {import('../catalogue.js').Group} Group */
/** @typedef {import('../look.js').LookItem} LookItem */

/**
 * Every look that a choice means.
 * @param {readonly LookItem[][]} kinds what is chosen of each kind
 * @param {boolean} together one of each kind at a time, in every combination
 * @returns {LookItem[][]}
 */
export function combined(kinds, together) {
  const chosen = kinds.filter((items) => items.length > 0);
  if (!together) return chosen.flatMap((items) => items.map((item) => [item]));
  /** @type {LookItem[][]} */
  let looks = chosen.length > 0 ? [[]] : [];
  for (const items of chosen) looks = looks.flatMap((look) => items.map((item) => [...look, item]));
  return looks;
}

/**
 * What is chosen of one product: no shade, or some.
 * @typedef {object} Chosen
 * @property {Product} product
 * @property {Set<string>} shades
 */

export class LookPicker {
  #root;
  #onChange;
  /** @type {Group[]} */
  #groups = [];
  /** @type {Map<string, Chosen>} */
  #chosen = new Map();
  #together = element('input', { type: 'checkbox', id: 'together' });
  #togetherRow = element('label', { class: 'agree together', hidden: '' }, this.#together, element('span', {}, 'Wear one of each kind together, in every combination'));

  /**
   * @param {HTMLElement} root
   * @param {() => void} onChange
   */
  constructor(root, onChange) {
    this.#root = root;
    this.#onChange = onChange;
    this.#together.addEventListener('change', () => onChange());
  }

  showLoading() {
    this.#root.setAttribute('aria-busy', 'true');
    this.#root.replaceChildren(element('p', { class: 'soft', role: 'status' }, 'Loading the products…'));
  }

  /**
   * @param {string} sentence
   * @param {() => void} retry
   */
  showFailed(sentence, retry) {
    const button = element('button', { type: 'button', class: 'button' }, 'Try again');
    button.addEventListener('click', retry);
    this.#root.removeAttribute('aria-busy');
    this.#root.replaceChildren(element('div', { class: 'troubled', role: 'alert' }, element('p', {}, sentence), button));
  }

  /** @param {Product[]} products */
  show(products) {
    this.#root.removeAttribute('aria-busy');
    this.#groups = groupByKind(products);
    const parts = this.#groups.map((group) => this.#section(group));
    this.#root.replaceChildren(...parts, this.#togetherRow);
    this.#changed();
  }

  /** @returns {LookItem[][]} */
  get looks() {
    const kinds = this.#groups.map((group) =>
      group.products.flatMap((product) => {
        const chosen = this.#chosen.get(product.sku);
        if (chosen === undefined) return [];
        if (product.shades.length === 0) return [{ sku: product.sku }];
        return [...chosen.shades].map((shade) => ({ sku: product.sku, shade }));
      }),
    );
    return combined(kinds, this.#together.checked && !this.#togetherRow.hidden);
  }

  /** @param {Group} group */
  #section(group) {
    const made = group.products.map((product) => this.#tile(product));
    return element(
      'section',
      { class: 'pick' },
      element('h3', { id: `pick-${group.kind}` }, group.title),
      element('div', { class: 'picks', role: 'group', 'aria-labelledby': `pick-${group.kind}` }, ...made.map((each) => each.button)),
      ...made.map((each) => each.shades),
    );
  }

  /** @param {Product} product */
  #tile(product) {
    const picture = element('img', { alt: '', loading: 'lazy', decoding: 'async', width: '96', height: '72', src: thumbnailUrl(product.sku) });
    picture.addEventListener('error', () => picture.replaceWith(element('span', { class: 'initial', 'aria-hidden': 'true' }, product.name.charAt(0))));
    const button = element(
      'button',
      { type: 'button', class: 'product', 'aria-pressed': 'false', 'data-sku': product.sku },
      element('span', { class: 'tile' }, picture, icon('check')),
      element('span', { class: 'name' }, product.name),
    );
    const shades = this.#shades(product);
    button.addEventListener('click', () => {
      if (this.#chosen.has(product.sku)) this.#chosen.delete(product.sku);
      else this.#chosen.set(product.sku, { product, shades: new Set(product.shades.slice(0, 1).map((shade) => shade.id)) });
      const chosen = this.#chosen.get(product.sku);
      button.setAttribute('aria-pressed', String(chosen !== undefined));
      shades.hidden = chosen === undefined || product.shades.length === 0;
      for (const box of shades.querySelectorAll('input')) box.checked = chosen?.shades.has(box.value) ?? false;
      this.#changed();
    });
    return { button, shades };
  }

  /** @param {Product} product */
  #shades(product) {
    const boxes = product.shades.map((shade) => {
      const box = element('input', { type: 'checkbox', value: shade.id });
      box.addEventListener('change', () => {
        const chosen = this.#chosen.get(product.sku);
        if (chosen === undefined) return;
        if (box.checked) chosen.shades.add(shade.id);
        else if (chosen.shades.size > 1) chosen.shades.delete(shade.id);
        else box.checked = true; // the last one goes with its product
        this.#changed();
      });
      const spot = element('span', { class: 'spot', 'aria-hidden': 'true' });
      spot.style.setProperty('--swatch', shade.swatch);
      return element('label', { class: 'shade' }, box, element('span', {}, spot, shade.name));
    });
    const id = `shades-${product.sku}`;
    return element('div', { class: 'shades', role: 'group', 'aria-labelledby': id, hidden: '' }, element('p', { id }, product.name), ...boxes);
  }

  #changed() {
    const kinds = new Set([...this.#chosen.values()].map((chosen) => chosen.product.kind));
    this.#togetherRow.hidden = kinds.size < 2;
    this.#onChange();
  }
}

/**
 * What the button says: what it does, or what is missing first.
 * @param {boolean} clip whether there is one
 * @param {number} looks
 */
export function goWords(clip, looks) {
  if (!clip) return 'Bring a clip first';
  return looks === 0 ? 'Pick a look first' : `Run ${counted(looks, 'look')}`;
}
