/** The tray: products by what they are worn as, one of each at a time, with the settings of what is worn. */

import { AreaTabs } from './areas.js';
import { groupBySlot, thumbnailUrl } from './catalogue.js';
import { element, icon } from './elements.js';
import { BARE, takeOff, toItems, wear } from './look.js';
import { LookRow } from './lookrow.js';
import { Roving } from './roving.js';
import { say } from './words.js';
import { completed, WornDetail } from './worn.js';
import { WornList } from './wornlist.js';

/** @typedef {import('./catalogue.js').Group} Group */
/** @typedef {import('./catalogue.js').Product} Product */
/** @typedef {import('./look.js').Look} Look */
/** @typedef {import('./look.js').LookItem} LookItem */

const SKELETONS = 6;

/**
 * The parts of one group that follow the look.
 * @typedef {object} GroupView
 * @property {Group & { area: string }} group
 * @property {HTMLElement} section
 * @property {Map<string, HTMLButtonElement>} buttons by sku
 * @property {Roving} roving
 * @property {WornDetail} detail
 */

export class Tray {
  #root;
  #bareButton;
  #onChange;
  #onCompare;
  #onRetry;
  #worn;
  /** @type {AreaTabs | null} */
  #areas = null;
  /** @type {LookRow | null} */
  #looks = null;
  /** @type {import('./look.js').Split} */
  #split = null;
  /** @type {Readonly<Record<string, string>>} by sku the shades that the shopper's own skin decides */
  #matched = {};
  /** @type {GroupView[]} */
  #views = [];
  /** @type {{ products: readonly Product[], looks: readonly import('./catalogue.js').CompleteLook[] } | null} */
  #shown = null;
  /** @type {string | null} */
  #only = null;
  /** @type {Look} */
  #look = BARE;

  /**
   * @param {HTMLElement} root
   * @param {HTMLElement} wornRoot
   * @param {HTMLButtonElement} bareButton
   * @param {(look: Look) => void} onChange
   * @param {(split: import('./look.js').Split) => void} onCompare
   * @param {() => void} onRetry
   */
  constructor(root, wornRoot, bareButton, onChange, onCompare, onRetry) {
    this.#root = root;
    this.#worn = new WornList(
      wornRoot,
      (slot) => this.#reveal(slot),
      (slot) => this.#change(takeOff(this.#look, slot)),
    );
    this.#onCompare = onCompare;
    this.#bareButton = bareButton;
    this.#onChange = onChange;
    this.#onRetry = onRetry;
    bareButton.addEventListener('click', () => this.#change(BARE));
    this.#syncBare();
  }

  get look() {
    return this.#look;
  }

  /** Whether there are products to wear. */
  get filled() {
    return this.#views.length > 0;
  }

  showLoading() {
    this.#reset();
    const cards = Array.from({ length: SKELETONS }, () =>
      element('div', { class: 'product skeleton' }, element('span', { class: 'tile' }), element('span', { class: 'name' })),
    );
    this.#root.setAttribute('aria-busy', 'true');
    this.#root.append(
      element('p', { class: 'visually-hidden', role: 'status' }, say('tray.loading')),
      element('div', { class: 'products', 'aria-hidden': 'true' }, ...cards),
    );
  }

  showFailed() {
    this.#reset();
    const retry = element('button', { class: 'button', type: 'button' }, say('mirror.try_again'));
    retry.addEventListener('click', () => this.#onRetry());
    this.#root.append(
      element(
        'div',
        { class: 'empty', role: 'alert' },
        element('h3', {}, say('tray.failed')),
        element('p', {}, say('tray.failed_text')),
        retry,
      ),
    );
  }

  /**
   * @param {readonly Product[]} products
   * @param {readonly import('./catalogue.js').CompleteLook[]} [looks]
   */
  showProducts(products, looks = []) {
    this.#shown = { products, looks };
    this.#fill();
  }

  /**
   * Shows this product alone; null: all of them.
   * @param {string | null} sku
   */
  narrow(sku) {
    if (sku === this.#only) return;
    this.#only = sku;
    if (this.#shown !== null) this.#fill();
  }

  #fill() {
    const only = this.#only;
    const { products: every, looks: everyLook } = this.#shown ?? { products: [], looks: [] };
    const products = only === null ? every : every.filter((product) => product.sku === only);
    const looks = only === null ? everyLook : [];
    this.#reset();
    if (products.length === 0) {
      const retry = element('button', { class: 'button', type: 'button' }, say('tray.look_again'));
      retry.addEventListener('click', () => this.#onRetry());
      this.#root.append(
        element(
          'div',
          { class: 'empty' },
          element('h3', {}, say('tray.empty')),
          element('p', {}, say('tray.empty_text')),
          retry,
        ),
      );
      return;
    }
    for (const group of groupBySlot(products)) this.#views.push(this.#buildGroup(group));
    this.#areas = new AreaTabs(
      say('tray.show'),
      this.#views.map(({ group, section }) => ({ area: group.area, panel: section })),
    );
    this.#looks = new LookRow(
      looks.filter((look) => look.items.every((item) => this.find(item.sku) !== undefined)),
      (sku) => this.find(sku),
      (items) => this.#change(this.lookOf(items)),
    );
    this.#root.prepend(this.#looks.element, this.#areas.element);
    this.#sync();
  }

  /**
   * @param {string} sku
   * @returns {Product | undefined}
   */
  find(sku) {
    return this.#views.flatMap(({ group }) => group.products).find((product) => product.sku === sku);
  }

  /**
   * Puts a product on, as a recommendation does.
   * @param {string} sku
   * @param {string} shade
   */
  putOn(sku, shade) {
    const product = this.find(sku);
    const view = this.#views.find(({ group }) => group.kind === product?.slot);
    if (product === undefined || view === undefined) return;
    const worn = this.#look.get(product.slot);
    this.#change(wear(this.#look, product.slot, completed(view.group, product, { ...worn, sku, shade })));
  }

  /**
   * The shades that the shopper's own skin decides.
   * @param {Readonly<Record<string, string>>} shades ids by sku
   * @returns {boolean} whether they are others than before
   */
  showMatched(shades) {
    if (JSON.stringify(shades) === JSON.stringify(this.#matched)) return false;
    this.#matched = shades;
    this.#sync();
    return true;
  }

  /** What is worn, by the shades that can be bought. */
  get named() {
    return toItems(this.#look).map((item) => {
      const shade = item.shade ?? this.#matched[item.sku];
      return shade === undefined ? item : { ...item, shade };
    });
  }

  /** @param {import('./look.js').Split} split how the face is divided now */
  showSplit(split) {
    this.#split = split;
    this.#sync();
  }

  /** @param {string} slot */
  #reveal(slot) {
    const view = this.#views.find(({ group }) => group.kind === slot);
    if (view === undefined) return;
    this.#areas?.reveal(view.group.area);
    const button = view.buttons.get(this.#look.get(slot)?.sku ?? '');
    button?.focus({ preventScroll: true });
    view.section.scrollIntoView({ block: 'start' });
  }

  /**
   * Shows a look without telling anyone: from the address, or back to what the server last accepted.
   * @param {Look} look
   */
  showLook(look) {
    this.#look = look;
    this.#sync();
  }

  /**
   * The items of an address as a look of this catalogue; unknown products and shades are left out.
   * @param {readonly LookItem[]} items
   * @returns {Look}
   */
  lookOf(items) {
    let look = BARE;
    for (const item of items) {
      for (const { group } of this.#views) {
        const product = group.products.find((candidate) => candidate.sku === item.sku);
        if (product !== undefined) look = wear(look, group.kind, completed(group, product, item));
      }
    }
    return look;
  }

  /**
   * Marks products whose look the server has not confirmed yet.
   * @param {boolean} pending
   */
  setPending(pending) {
    const worn = new Set([...this.#look.values()].map((item) => item.sku));
    for (const view of this.#views) {
      for (const [sku, button] of view.buttons) button.classList.toggle('pending', pending && worn.has(sku));
    }
  }

  #reset() {
    for (const view of this.#views) {
      view.roving.close();
      view.detail.close();
    }
    this.#views = [];
    this.#areas?.close();
    this.#areas = null;
    this.#looks?.close();
    this.#looks = null;
    this.#root.removeAttribute('aria-busy');
    this.#root.replaceChildren();
  }

  /** @param {Look} look */
  #change(look) {
    this.#look = look;
    this.#sync();
    this.#onChange(look);
  }

  /**
   * @param {Group & { area: string }} group
   * @returns {GroupView}
   */
  #buildGroup(group) {
    const titleId = `group-${group.kind}`;
    /** @type {Map<string, HTMLButtonElement>} */
    const buttons = new Map();
    for (const product of group.products) {
      const button = productButton(product);
      button.addEventListener('click', () => {
        this.#toggle(group, product);
        button.scrollIntoView({ block: 'nearest', inline: 'nearest' }); // half of it may be beyond the row's edge
      });
      buttons.set(product.sku, button);
    }
    const list = element('div', { class: 'products', role: 'group', 'aria-labelledby': titleId }, ...buttons.values());
    const detail = new WornDetail(
      group,
      (change) => this.#adjust(group, change),
      (shades) => {
        const sku = this.#look.get(group.kind)?.sku;
        this.#onCompare(shades === null || sku === undefined ? null : { sku, shades });
      },
    );
    const section = element(
      'section',
      { class: 'group' },
      element('h3', { id: titleId }, group.title, element('span', { class: 'count', 'aria-hidden': 'true' }, String(group.products.length))),
      list,
      detail.element,
    );
    this.#root.append(section);
    return { group, section, buttons, roving: new Roving(list, [...buttons.values()]), detail };
  }

  /**
   * @param {Group} group
   * @param {Product} product
   */
  #toggle(group, product) {
    const worn = this.#look.get(group.kind);
    const look =
      worn?.sku === product.sku
        ? takeOff(this.#look, group.kind)
        : // Shade and strength stay when the next product has them too: that is how people compare.
          wear(this.#look, group.kind, completed(group, product, { ...worn, sku: product.sku }));
    this.#change(look);
  }

  #syncBare() {
    this.#bareButton.disabled = this.#look.size === 0;
  }

  #sync() {
    this.#syncBare();
    for (const view of this.#views) {
      const item = this.#look.get(view.group.kind);
      for (const [sku, button] of view.buttons) {
        const worn = sku === item?.sku;
        button.setAttribute('aria-pressed', String(worn));
        if (!worn) button.classList.remove('pending');
      }
      const split = this.#split;
      const beside = split !== null && split !== 'bare' && split.sku === item?.sku ? split.shades : [];
      view.detail.show(item, beside, this.#matched[item?.sku ?? '']);
    }
    this.#looks?.show(this.#look);
    this.#worn.show(this.#look, (sku) => this.find(sku), this.#matched);
  }

  /**
   * @param {Group} group
   * @param {import('./worn.js').Change} change
   */
  #adjust(group, change) {
    const item = this.#look.get(group.kind);
    const product = group.products.find((candidate) => candidate.sku === item?.sku);
    if (item === undefined || product === undefined) return;
    this.#change(wear(this.#look, group.kind, completed(group, product, { ...item, ...change })));
  }
}

/**
 * @param {Product} product
 * @returns {HTMLButtonElement}
 */
function productButton(product) {
  const picture = element('img', { alt: '', loading: 'lazy', decoding: 'async', width: '120', height: '90', draggable: 'false' });
  const tile = element('span', { class: 'tile loading' }, picture, icon('check'));
  picture.addEventListener('load', () => tile.classList.remove('loading'));
  picture.addEventListener('error', () => {
    tile.classList.remove('loading');
    picture.replaceWith(element('span', { class: 'initial', 'aria-hidden': 'true' }, product.name.charAt(0)));
  });
  picture.src = thumbnailUrl(product.sku);
  return element(
    'button',
    { class: 'product', type: 'button', 'aria-pressed': 'false', 'data-sku': product.sku },
    tile,
    element('span', { class: 'name' }, product.name),
  );
}
