/**
 * Where the mirror's products are sold: on a page around this one, which is told of it, or behind a product's own link.
 * A mirror that nobody embeds and whose products have no links shows nothing of this.
 */

import { byId, element } from './elements.js';
import { Embedder, worn } from './embedder.js';
import { Offer } from './offer.js';
import { say } from './words.js';

/** @typedef {import('./catalogue.js').Product} Product */
/** @typedef {import('./embedder.js').Start} Start */
/** @typedef {import('./look.js').LookItem} LookItem */

/**
 * What the page does for the shop.
 * @typedef {object} Errands
 * @property {() => LookItem[]} look
 * @property {(sku: string) => Product | undefined} find
 * @property {(items: LookItem[]) => void} wear
 * @property {(sku: string | null) => void} narrow the tray shows this product alone
 * @property {() => void} begin the mirror may be used from now on
 * @property {() => Promise<Blob>} picture
 * @property {(text: string) => void} say
 */

export class Shop {
  #errands;
  #offer;
  /** @type {Embedder | null} */
  #embedder = null;
  #sku = document.body.dataset['sku'] ?? '';
  #facesBefore = 0;
  /** What the shop was last told is worn. */
  #told = '';
  /** @type {LookItem[] | null} what the shop asked for last */
  #asked = null;
  #one = false;

  /** @param {Errands} errands */
  constructor(errands) {
    this.#errands = errands;
    const origin = document.body.dataset['embeddedBy'];
    this.#offer = new Offer(origin === undefined ? say('shop.go') : say('shop.add'), () => this.#add());
    if (origin === undefined) return;
    if (window.parent === window) {
      // Opened by itself, as from the frame's menu.
      location.replace(`/p/${this.#sku}?lang=${document.documentElement.lang}${location.hash}`);
      return;
    }
    this.#one = true;
    errands.narrow(this.#sku);
    this.#embedder = new Embedder(origin, {
      onStart: (start) => this.#start(start),
      onRefused: (sentence) => this.#refused(sentence),
    });
    byId('share', HTMLButtonElement).addEventListener('click', () => void this.#share());
    document.addEventListener('keydown', (event) => {
      const inPanel = event.target instanceof Element && event.target.closest('.fit') !== null;
      if (event.key === 'Escape' && !inPanel && !event.defaultPrevented) this.#embedder?.tell('close');
    });
    this.#embedder.greet();
  }

  get #shopName() {
    return this.#embedder?.name ?? say('shop.the_shop');
  }

  get asked() {
    return this.#asked;
  }

  /** Another look was chosen. */
  lookChanged() {
    const item = worn(this.#errands.look(), this.#sku);
    const product = item === null ? undefined : this.#errands.find(item.sku);
    const sold = this.#embedder !== null || (product?.link ?? '') !== '';
    this.#offer.show(sold ? product : undefined);
    // One product needs no list to choose from.
    if (this.#one) document.body.dataset['one'] = product?.kind ?? '';
    else delete document.body.dataset['one'];
  }

  /** The server draws the look that was last chosen. */
  lookDrawn() {
    if (this.#facesBefore > 0) this.#tellWorn();
  }

  /** The mirror has found the shopper's own shade of what is worn. */
  shadeFound() {
    if (this.#told !== '') this.#tellWorn();
  }

  /** @param {number} count of faces that the server sees now */
  facesSeen(count) {
    const before = this.#facesBefore;
    this.#facesBefore = count;
    if (count === 0) {
      this.#told = '';
    } else if (before === 0) {
      this.#embedder?.tell('face-found');
      this.#tellWorn();
    }
  }

  #tellWorn() {
    const detail = worn(this.#errands.look(), this.#sku);
    const told = JSON.stringify(detail);
    if (told === this.#told) return;
    this.#told = told;
    if (detail !== null) this.#embedder?.tell('tryon', detail);
  }

  /** @param {Start} start */
  #start(start) {
    this.#sku = start.sku;
    const share = byId('share', HTMLButtonElement);
    share.hidden = !start.snapshots;
    share.title = say('shop.give', { shop: this.#shopName });
    byId('opening', HTMLElement).hidden = true;
    this.#one = !start.all;
    this.#asked = [start.shade === null ? { sku: start.sku } : { sku: start.sku, shade: start.shade }];
    this.#errands.narrow(start.all ? null : start.sku);
    this.#errands.wear(this.#asked);
    this.#errands.begin();
  }

  /** @param {string} sentence */
  #refused(sentence) {
    const trouble = byId('opening-trouble', HTMLDivElement);
    const state = byId('opening-state', HTMLParagraphElement);
    const again = element('button', { type: 'button', class: 'button primary' }, say('mirror.try_again'));
    again.addEventListener('click', () => {
      trouble.hidden = true;
      state.hidden = false;
      this.#embedder?.greet();
    });
    trouble.replaceChildren(
      element('h2', {}, say('shop.not_opened')),
      element('p', {}, sentence),
      element('div', { class: 'actions' }, again),
    );
    state.hidden = true;
    trouble.hidden = false;
    if (byId('opening', HTMLElement).hidden) this.#errands.say(sentence);
  }

  #add() {
    const item = worn(this.#errands.look(), this.#sku);
    const product = item === null ? undefined : this.#errands.find(item.sku);
    if (item === null || product === undefined) return;
    if (this.#embedder === null) {
      window.open(product.link, '_blank', 'noopener');
      return;
    }
    this.#embedder.tell('add-to-cart', { ...item, price: product.price });
    this.#offer.confirm(say('shop.added'));
  }

  async #share() {
    const blob = await this.#errands.picture().catch(() => null);
    if (blob === null) {
      this.#errands.say(say('mirror.picture_failed'));
      return;
    }
    const detail = worn(this.#errands.look(), this.#sku);
    this.#embedder?.tell('snapshot', { blob, items: detail?.items ?? [] });
    this.#errands.say(say('shop.given', { shop: this.#shopName }));
  }
}
