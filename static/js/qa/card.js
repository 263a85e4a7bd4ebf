/** One run in the list. What changes several times a second changes in place; the rest is built anew when it changes. */

import { element, icon } from '../elements.js';
import { ago, counted, doing, lookTitle } from './words.js';

/** @typedef {import('./api.js').Run} Run */
/** @typedef {import('./api.js').StateName} StateName */
/** @typedef {import('./api.js').TakeTold} TakeTold */
/** @typedef {import('../catalogue.js').Product} Product */

/** @typedef {'cancel' | 'again' | 'delete' | 'keep' | 'compare'} Wish */

/**
 * What a card needs to know beside its run.
 * @typedef {object} Around
 * @property {string} clipName
 * @property {string | null} baselineName
 * @property {boolean} comparable whether its clip has a baseline
 * @property {number} ahead runs that come first
 * @property {number} nowMs
 * @property {ReadonlyMap<string, Product>} products
 */

/** @type {Readonly<Record<StateName, { word: string, tone: string, icon: string }>>} */
const STATES = Object.freeze({
  waiting: { word: 'Waiting', tone: 'calm', icon: 'clock' },
  running: { word: 'Running', tone: 'busy', icon: 'clock' },
  measured: { word: 'Measured', tone: 'calm', icon: 'check' },
  passed: { word: 'Passed', tone: 'good', icon: 'check' },
  gates_failed: { word: 'Gates failed', tone: 'bad', icon: 'cross' },
  failed: { word: 'Failed', tone: 'bad', icon: 'cross' },
  cancelled: { word: 'Cancelled', tone: 'calm', icon: 'dash' },
  interrupted: { word: 'Interrupted', tone: 'warn', icon: 'dash' },
});

const TAKES_SHOWN = 4;

/** @param {StateName} name */
export const stateWord = (name) => STATES[name].word;

/** @param {StateName} name */
export const isActive = (name) => name === 'waiting' || name === 'running';

/** @param {Run} run */
export const hasReport = (run) => ['measured', 'passed', 'gates_failed'].includes(run.state.name);

export class RunCard {
  element = element('article', { class: 'run' });
  #onWish;
  #told = '';
  #bar = element('div', { class: 'progress', role: 'progressbar', 'aria-label': 'Progress', 'aria-valuemin': '0', 'aria-valuemax': '100' }, element('span', {}));
  #doing = element('p', { class: 'doing' });
  #when = element('span', { class: 'soft when' });

  /** @param {(run: Run, wish: Wish) => void} onWish */
  constructor(onWish) {
    this.#onWish = onWish;
  }

  /**
   * @param {Run} run
   * @param {Around} around
   */
  show(run, around) {
    const told = JSON.stringify([run.state, run.turn, run.baseline, around.comparable, around.clipName, around.baselineName, around.products.size]);
    if (told !== this.#told) {
      const focused = this.element.contains(document.activeElement) ? document.activeElement?.getAttribute('data-wish') : null;
      const opened = this.element.querySelector('details')?.open ?? false;
      this.#told = told;
      this.#build(run, around);
      const details = this.element.querySelector('details');
      if (details !== null) details.open = opened;
      if (focused) this.#focus(focused);
    }
    this.#when.textContent = ago(around.nowMs - run.made_ms);
    if (run.state.name === 'waiting') this.#doing.textContent = around.ahead === 0 ? 'Next in turn' : `${counted(around.ahead, 'run')} before it`;
    if (run.state.name === 'running') this.#progress(run);
  }

  /** @param {Run} run */
  #progress(run) {
    const fraction = run.progress?.step === 'take' ? run.progress.fraction : run.progress?.step === 'report' ? 1 : 0;
    const moving = run.progress?.step === 'take';
    this.#bar.classList.toggle('vague', !moving);
    if (moving) this.#bar.setAttribute('aria-valuenow', String(Math.round(fraction * 100)));
    else this.#bar.removeAttribute('aria-valuenow');
    /** @type {HTMLElement} */ (this.#bar.firstElementChild).style.width = moving ? `${(fraction * 100).toFixed(1)}%` : '';
    const line = doing(run.progress);
    this.#bar.setAttribute('aria-valuetext', line);
    this.#doing.textContent = line;
  }

  /**
   * @param {Run} run
   * @param {Around} around
   */
  #build(run, around) {
    const state = STATES[run.state.name];
    this.element.setAttribute('data-state', run.state.name);
    this.element.setAttribute('data-run', run.id);
    this.element.setAttribute('aria-label', `${around.clipName}, ${state.word}`);
    const parts = [
      element(
        'header',
        { class: 'run-head' },
        element('h3', {}, around.clipName),
        element('span', { class: `state ${state.tone}` }, icon(state.icon), state.word),
        this.#when,
      ),
      element('p', { class: 'run-looks' }, ...run.looks.map((look) => element('span', { class: 'chip' }, lookTitle(look, around.products))), ...this.#held(run, around)),
    ];
    if (isActive(run.state.name)) {
      if (run.state.name === 'running') parts.push(this.#bar);
      parts.push(this.#doing);
    }
    if (run.state.sentence !== '') parts.push(element('p', { class: `sentence ${state.tone}` }, run.state.sentence));
    if (run.outcome !== null && run.outcome.takes.length > 0) parts.push(this.#takes(run.outcome.takes, around));
    parts.push(this.#buttons(run, around));
    this.element.replaceChildren(...parts);
  }

  /**
   * @param {Run} run
   * @param {Around} around
   */
  #held(run, around) {
    if (run.baseline !== null) return [element('span', { class: 'soft' }, `against ${around.baselineName ?? 'a baseline that is gone'}`)];
    if (run.gates === 'own') return [element('span', { class: 'soft' }, 'own gates')];
    return run.gates === 'none' ? [element('span', { class: 'soft' }, 'no gates')] : [];
  }

  /**
   * @param {TakeTold[]} takes
   * @param {Around} around
   */
  #takes(takes, around) {
    const rows = takes.slice(0, TAKES_SHOWN).map((take) =>
      element(
        'div',
        { class: 'take-row' },
        ...(takes.length > 1 ? [element('h4', {}, lookTitle(take.look, around.products))] : []),
        take.error !== null
          ? element('p', { class: 'sentence bad' }, take.error)
          : element('dl', {}, ...take.figures.map(([title, value]) => element('div', {}, element('dt', {}, title), element('dd', {}, value)))),
        ...(take.warning === null ? [] : [element('p', { class: 'sentence warn' }, take.warning)]),
      ),
    );
    if (takes.length > TAKES_SHOWN) rows.push(element('div', { class: 'take-row soft' }, `${counted(takes.length - TAKES_SHOWN, 'more take')} in the report`));
    return element('div', { class: 'takes' }, ...rows);
  }

  /**
   * @param {Run} run
   * @param {Around} around
   */
  #buttons(run, around) {
    /** @type {HTMLElement[]} */
    const made = [];
    if (isActive(run.state.name)) made.push(this.#button(run, 'cancel', 'Cancel'));
    if (hasReport(run)) {
      made.push(
        element('a', { class: 'button primary', href: `/qa/runs/${run.id}/report`, target: '_blank', rel: 'noopener', 'data-wish': 'report' }, 'Open the report', icon('out')),
        this.#downloads(run, around),
        this.#button(run, 'keep', 'Keep as baseline'),
      );
      if (around.comparable) made.push(this.#button(run, 'compare', 'Compare'));
    }
    if (!isActive(run.state.name)) made.push(this.#button(run, 'again', 'Run again'));
    made.push(this.#button(run, 'delete', 'Delete'));
    return element('footer', { class: 'run-buttons' }, ...made);
  }

  /**
   * @param {Run} run
   * @param {Around} around
   */
  #downloads(run, around) {
    const takes = run.outcome?.takes ?? [];
    const files = takes.map((take, number) => ({
      href: `/api/qa/runs/${run.id}/records/${number}`,
      text: takes.length > 1 ? `Records: ${lookTitle(take.look, around.products)}` : 'Records of every frame (JSON lines)',
    }));
    files.push({ href: `/api/qa/runs/${run.id}/junit.xml`, text: 'Verdicts as JUnit XML' }, { href: `/api/qa/runs/${run.id}/run.zip`, text: 'The whole run (zip)' });
    const list = files.map((file) => element('li', {}, element('a', { href: file.href, download: '' }, icon('save'), file.text)));
    const menu = element('details', { class: 'downloads' }, element('summary', { class: 'button', 'data-wish': 'downloads' }, 'Download'), element('ul', {}, ...list));
    menu.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !menu.open) return;
      menu.open = false;
      menu.querySelector('summary')?.focus();
    });
    menu.addEventListener('focusout', (event) => {
      if (event.relatedTarget instanceof Node && !menu.contains(event.relatedTarget)) menu.open = false;
    });
    return menu;
  }

  /**
   * @param {Run} run
   * @param {Wish} wish
   * @param {string} words
   */
  #button(run, wish, words) {
    const made = element('button', { type: 'button', class: 'button', 'data-wish': wish }, words);
    made.addEventListener('click', () => this.#onWish(run, wish));
    return made;
  }

  /** @param {string} wish */
  #focus(wish) {
    const same = this.element.querySelector(`[data-wish="${CSS.escape(wish)}"]`) ?? this.element.querySelector('[data-wish]');
    if (same instanceof HTMLElement) same.focus();
  }
}
