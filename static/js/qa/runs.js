/** The list of runs, newest first, with those below that have expired. */

import { element, icon } from '../elements.js';
import { isActive, RunCard, stateWord } from './card.js';
import { ago, lookTitle } from './words.js';

/** @typedef {import('./api.js').State} State */
/** @typedef {import('./api.js').Run} Run */
/** @typedef {import('./card.js').Wish} Wish */
/** @typedef {import('../catalogue.js').Product} Product */

export class RunList {
  #root;
  #onWish;
  #announce;
  /** @type {Map<string, RunCard>} */
  #cards = new Map();
  /** @type {Map<string, string>} */
  #states = new Map();

  /**
   * @param {HTMLElement} root
   * @param {(run: Run, wish: Wish) => void} onWish
   * @param {(sentence: string) => void} announce for those who do not see the list
   */
  constructor(root, onWish, announce) {
    this.#root = root;
    this.#onWish = onWish;
    this.#announce = announce;
  }

  /**
   * @param {State} state
   * @param {ReadonlyMap<string, Product>} products
   */
  show(state, products) {
    const clips = new Map(state.clips.map((clip) => [clip.id, clip]));
    const baselines = new Map(state.baselines.map((baseline) => [baseline.id, baseline]));
    const waiting = state.runs.filter((run) => isActive(run.state.name)).sort((one, other) => one.turn - other.turn);
    /** @type {HTMLElement[]} */
    const order = [];
    /** @type {Map<string, RunCard>} */
    const cards = new Map();
    for (const run of state.runs) {
      const clip = clips.get(run.clip);
      const card = this.#cards.get(run.id) ?? new RunCard(this.#onWish);
      cards.set(run.id, card);
      card.show(run, {
        clipName: clip?.name ?? 'A clip that is gone',
        baselineName: run.baseline === null ? null : (baselines.get(run.baseline)?.name ?? null),
        comparable: state.baselines.some((baseline) => clips.get(baseline.clip)?.content === clip?.content),
        ahead: waiting.indexOf(run),
        nowMs: state.now_ms,
        products,
      });
      order.push(card.element);
      this.#tell(run, clip?.name ?? '');
    }
    this.#cards = cards;
    order.push(...state.expired.map((stone) => expiredCard(stone, state.now_ms, products)));
    if (order.length !== this.#root.children.length || order.some((node, at) => this.#root.children[at] !== node)) this.#place(order);
  }

  /**
   * Puts the cards in order without taking the focus from the one that has it.
   * @param {HTMLElement[]} order
   */
  #place(order) {
    for (const node of [...this.#root.children]) if (!order.includes(/** @type {HTMLElement} */ (node))) node.remove();
    order.forEach((node, at) => {
      const there = this.#root.children[at];
      if (there !== node) this.#root.insertBefore(node, there ?? null);
    });
  }

  /**
   * @param {Run} run
   * @param {string} clip
   */
  #tell(run, clip) {
    const before = this.#states.get(run.id);
    this.#states.set(run.id, run.state.name);
    if (before !== undefined && before !== run.state.name) this.#announce(`${clip}: ${stateWord(run.state.name)}. ${run.state.sentence}`);
  }
}

/**
 * @param {import('./api.js').Expired} stone
 * @param {number} nowMs
 * @param {ReadonlyMap<string, Product>} products
 */
function expiredCard(stone, nowMs, products) {
  return element(
    'article',
    { class: 'run expired', 'data-state': 'expired', 'aria-label': `${stone.name}, expired` },
    element('header', { class: 'run-head' }, element('h3', {}, stone.name), element('span', { class: 'state calm' }, icon('clock'), 'Expired'), element('span', { class: 'soft when' }, ago(nowMs - stone.expired_ms))),
    element('p', { class: 'run-looks' }, ...stone.looks.map((look) => element('span', { class: 'chip' }, lookTitle(look, products)))),
    element('p', { class: 'sentence' }, 'Its time was over; the clip and all that was made of it are deleted.'),
  );
}
