/**
 * The shop's page around this one: it gives a token and a product, and is told what the shopper does. Both sides name each
 * other's exact origin with every message; which origin that is, the server has checked and put into the page.
 */

import { say, told } from './words.js';

/**
 * @typedef {object} Start
 * @property {string} sku
 * @property {string | null} shade
 * @property {boolean} all whether the whole catalogue can be tried on, or this product alone
 * @property {boolean} snapshots whether the shop takes pictures that the shopper shares
 */

/**
 * @typedef {object} EmbedderListener
 * @property {(start: Start) => void} onStart
 * @property {(sentence: string) => void} onRefused
 */

/** @typedef {import('./look.js').LookItem} LookItem */
/** @typedef {'hello' | 'close' | 'ready' | 'face-found' | 'tryon' | 'snapshot' | 'add-to-cart' | 'error'} Word */

const VERSION = 1;
const PATIENCE_MS = 15_000;
/** With these a new token helps; the shop's page gives one without being asked twice. */
const RENEWED = new Set(['embed_token_expired', 'embed_token_used']);

export class Embedder {
  #origin;
  #listener;
  #timer = 0;
  #renewed = false;
  #started = false;
  /** Counts what was asked for: only the last one's answer matters. */
  #asked = 0;

  /**
   * @param {string} origin of the page around this one
   * @param {EmbedderListener} listener
   */
  constructor(origin, listener) {
    this.#origin = origin;
    this.#listener = listener;
    window.addEventListener('message', (event) => {
      if (event.source !== window.parent || event.origin !== origin) return;
      const start = readStart(event.data);
      if (start !== null) void this.#redeem(start);
    });
  }

  /** The host's name, for people. */
  get name() {
    return new URL(this.#origin).host;
  }

  /** Asks the shop's page for a token. */
  greet() {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => {
      if (!this.#started) this.#refuse('no_token', say('shop.silent'));
    }, PATIENCE_MS);
    this.tell('hello');
  }

  /**
   * @param {Word} type
   * @param {object | null} [detail]
   */
  tell(type, detail = null) {
    window.parent.postMessage({ tryon: VERSION, type, detail }, this.#origin);
  }

  /** @param {Start & { token: string }} start */
  async #redeem({ token, ...start }) {
    clearTimeout(this.#timer);
    const number = (this.#asked += 1);
    const body = new URLSearchParams({ token, origin: this.#origin, sku: start.sku });
    /** @type {Response} */
    let response;
    try {
      response = await fetch('/api/embed/open', { method: 'POST', body });
    } catch {
      if (number === this.#asked) this.#refuse('unreachable', say('shop.unreachable'));
      return;
    }
    if (number !== this.#asked) return;
    if (response.ok) {
      this.#renewed = false;
      this.#started = true;
      this.#listener.onStart(start);
      this.tell('ready', { sku: start.sku });
      return;
    }
    const error = await response.json().then((told) => told.error, () => null);
    if (number !== this.#asked) return;
    const code = String(error?.code ?? 'refused');
    if (RENEWED.has(code) && !this.#renewed) {
      this.#renewed = true;
      this.greet();
    } else {
      const sentence = String(error?.sentence ?? say('shop.answered', { status: response.status }));
      this.#refuse(code, told(`error.${code}`, sentence), sentence);
    }
  }

  /**
   * @param {string} code
   * @param {string} shown to the shopper
   * @param {string} [sentence] what the shop is told: the server's own, with its particulars
   */
  #refuse(code, shown, sentence = shown) {
    this.#renewed = false;
    this.#listener.onRefused(shown);
    this.tell('error', { code, sentence });
  }
}

/**
 * @param {unknown} data what came with a message
 * @returns {(Start & { token: string }) | null} null where it is none of ours
 */
export function readStart(data) {
  if (typeof data !== 'object' || data === null) return null;
  const told = /** @type {Record<string, unknown>} */ (data);
  if (told['tryon'] !== VERSION || told['type'] !== 'start') return null;
  if (typeof told['token'] !== 'string' || typeof told['sku'] !== 'string') return null;
  return {
    token: told['token'],
    sku: told['sku'],
    shade: typeof told['shade'] === 'string' ? told['shade'] : null,
    all: told['products'] === 'all',
    snapshots: told['snapshots'] === true,
  };
}

/**
 * What is worn, as the shop is told it: its own product first.
 * @param {readonly LookItem[]} items
 * @param {string} sku of the shop's page
 * @returns {{ sku: string, shade: string | null, items: { sku: string, shade: string | null }[] } | null} null: bare
 */
export function worn(items, sku) {
  const told = items.map((item) => ({ sku: item.sku, shade: item.shade ?? null }));
  const first = told.find((item) => item.sku === sku) ?? told[0];
  return first === undefined ? null : { ...first, items: told };
}
