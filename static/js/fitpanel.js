/**
 * "Size & fit": asks for the shopper's sizes while it is open, and for nothing when it is closed. Numbers live in this
 * page only, and go with the panel.
 */

import { byId, element, icon } from './elements.js';
import { adviceOf, asText, Calm, hintOf, lengthOf, markOf, rows, sourceOf, spoken } from './sizes.js';
import { number, say } from './words.js';

/** @typedef {import('./wire.js').Measure} Measure */
/** @typedef {import('./wire.js').MeasureMode} MeasureMode */

/** The visible sentence may change this often, the spoken one that often. */
const SHOWN_MS = 900;
const SPOKEN_MS = 3500;
const TICK_MS = 150;

const COPIED_MS = 2500;

/** States that end a search for the card without success. */
const CARD_OVER = 'card_lost';

export class FitPanel {
  #root = byId('fit', HTMLElement);
  #opener = byId('fit-open', HTMLButtonElement);
  #title = byId('fit-title', HTMLElement);
  #state = byId('fit-state', HTMLElement);
  #progress = byId('fit-progress', HTMLProgressElement);
  #voice = byId('fit-voice', HTMLElement);
  #numbers = byId('fit-numbers', HTMLElement);
  #advice = byId('fit-advice', HTMLElement);
  #cardButton = byId('fit-card', HTMLButtonElement);
  #guide = byId('fit-guide', HTMLElement);
  #copy = byId('fit-copy', HTMLButtonElement);
  #copied = byId('fit-copied', HTMLElement);
  #again = byId('fit-again', HTMLButtonElement);
  #outline = byId('outline', HTMLElement);
  #shape = document.createElementNS('http://www.w3.org/2000/svg', 'polygon');
  #ask;
  #texts;
  #opened;
  /** @type {MeasureMode} */
  #mode = 'off';
  /** @type {Measure | null} */
  #measure = null;
  #sentence = new Calm(SHOWN_MS);
  #speech = new Calm(SPOKEN_MS);
  #timer = 0;
  #copiedTimer = 0;

  /**
   * @param {(mode: MeasureMode, again: boolean) => void} ask
   * @param {() => Readonly<Record<string, string>>} texts sentences by code, in the server's words
   * @param {() => void} opened one thing is measured at a time: the other panel closes
   */
  constructor(ask, texts, opened) {
    this.#ask = ask;
    this.#texts = texts;
    this.#opened = opened;
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.append(this.#shape);
    this.#outline.append(svg);
    this.#opener.addEventListener('click', () => this.toggle());
    byId('fit-close', HTMLButtonElement).addEventListener('click', () => this.close());
    this.#again.addEventListener('click', () => this.#begin('iris', true));
    this.#cardButton.addEventListener('click', () => this.#toggleCard());
    this.#copy.addEventListener('click', () => void this.#copyNumbers());
    this.#root.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.close();
    });
  }

  get open() {
    return !this.#root.hidden;
  }

  toggle() {
    if (this.open) {
      this.close();
      return;
    }
    this.#opened();
    this.#root.hidden = false;
    this.#opener.setAttribute('aria-expanded', 'true');
    this.#timer = window.setInterval(() => this.#tick(), TICK_MS);
    this.#begin('iris', false);
    this.#root.scrollIntoView({ block: 'nearest' });
    this.#title.focus({ preventScroll: true });
  }

  /** Measures no longer and forgets the numbers; idempotent. */
  close() {
    if (!this.open) return;
    const hadFocus = this.#root.contains(document.activeElement);
    this.#mode = 'off';
    this.#ask('off', false);
    clearInterval(this.#timer);
    clearTimeout(this.#copiedTimer);
    this.#clear();
    this.#root.hidden = true;
    this.#opener.setAttribute('aria-expanded', 'false');
    if (hadFocus) this.#opener.focus();
  }

  /**
   * Another picture, or no connection: what was measured is another face's now.
   * @param {string} [sentence] why nothing is measured
   */
  interrupt(sentence = '') {
    if (!this.open) return;
    if (this.#mode === 'card') this.#ask((this.#mode = 'iris'), true);
    this.#clear();
    put(this.#state, sentence || say('mirror.one_moment'));
  }

  /**
   * @param {Measure} measure
   * @param {{ width: number, height: number }} frame
   */
  show(measure, frame) {
    if (!this.open || measure.mode !== this.#mode) return;
    const before = this.#measure;
    this.#measure = measure;
    const sentence = hintOf(measure.state, this.#texts());
    this.#sentence.set(sentence);
    const through = measure.state === 'measured' && (before?.state !== 'measured' || before.fit?.sku !== measure.fit?.sku);
    if (measure.state !== 'measured') this.#speech.set(sentence);
    else if (through) this.#speech.set(spoken(measure));
    this.#progress.hidden = measure.sizes !== null && measure.corners === null && measure.state !== 'measuring';
    this.#progress.max = measure.needed;
    this.#progress.value = measure.done;
    this.#showNumbers(measure);
    this.#showAdvice(measure);
    this.#showOutline(measure, frame);
    this.#showGuide();
  }

  /**
   * @param {MeasureMode} mode
   * @param {boolean} again
   */
  #begin(mode, again) {
    this.#mode = mode;
    this.#ask(mode, again);
    if (mode === 'iris') this.#clear();
    put(this.#state, say('mirror.one_moment'));
    this.#showGuide();
  }

  #toggleCard() {
    this.#begin(this.#searching() ? 'iris' : 'card', false);
    this.#root.scrollIntoView({ block: 'start' });
  }

  #searching() {
    return this.#mode === 'card' && !this.#withCard() && this.#measure?.state !== CARD_OVER;
  }

  #withCard() {
    return this.#measure?.sizes?.pupils.source === 'card';
  }

  #showGuide() {
    const searching = this.#searching();
    this.#guide.hidden = !searching;
    this.#root.classList.toggle('searching', searching); // nothing else to read meanwhile
    this.#cardButton.hidden = this.#withCard();
    this.#cardButton.setAttribute('aria-expanded', String(searching));
    const label = this.#cardButton.querySelector('span');
    const over = this.#mode === 'card' && this.#measure?.state === CARD_OVER;
    const text = searching ? say('fit.card_stop') : over ? say('fit.card_retry') : say('fit.card');
    if (label !== null && label.textContent !== text) label.textContent = text;
  }

  /** @param {Measure} measure */
  #showNumbers(measure) {
    const { sizes, fit } = measure;
    this.#numbers.hidden = sizes === null;
    this.#copy.hidden = this.#again.hidden = sizes === null;
    if (sizes === null) return;
    const lines = rows().map(({ name, label, hint }) => {
      const value = element('strong', {}, lengthOf(sizes[name]));
      if (!name.startsWith('pupils')) return row(label, hint, value);
      return row(label, hint, value, element('span', { class: 'visually-hidden' }, ', '), sourceOf(sizes[name]));
    });
    if (fit?.frameMm !== null && fit !== null) {
      const width = element('strong', {}, say('fit.width', { mm: number(fit.frameMm) }));
      lines.splice(3, 0, row(say('fit.frame'), say('fit.frame_hint'), width));
    }
    replace(this.#numbers, lines);
  }

  /** @param {Measure} measure */
  #showAdvice(measure) {
    const { sizes, fit } = measure;
    if (sizes === null) {
      replace(this.#advice, []);
    } else if (fit === null) {
      replace(this.#advice, [element('li', { class: 'none' }, say('fit.no_glasses'))]);
    } else if (fit.advice.length === 0) {
      replace(this.#advice, [element('li', { class: 'none' }, hintOf('no_dimensions', this.#texts()))]);
    } else {
      replace(
        this.#advice,
        fit.advice.map((aspect) => {
          const mark = markOf(aspect);
          return element('li', { class: mark }, icon(mark), element('span', {}, unbroken(adviceOf(aspect))));
        }),
      );
    }
  }

  /**
   * @param {Measure} measure
   * @param {{ width: number, height: number }} frame
   */
  #showOutline(measure, frame) {
    this.#outline.hidden = measure.corners === null;
    if (measure.corners === null) return;
    const svg = /** @type {SVGSVGElement} */ (this.#outline.firstElementChild);
    const mirrored = this.#outline.parentElement?.classList.contains('mirrored') === true;
    svg.setAttribute('viewBox', `0 0 ${frame.width} ${frame.height}`);
    svg.setAttribute('preserveAspectRatio', mirrored ? 'xMidYMid slice' : 'xMidYMid meet'); // as the picture lies in it
    this.#shape.setAttribute('points', measure.corners.map((corner) => corner.join(',')).join(' '));
  }

  #clear() {
    this.#measure = null;
    this.#sentence.clear();
    this.#speech.clear();
    this.#state.textContent = this.#voice.textContent = this.#copied.textContent = '';
    this.#progress.hidden = true;
    this.#numbers.hidden = this.#copy.hidden = this.#again.hidden = true;
    this.#numbers.replaceChildren();
    this.#advice.replaceChildren();
    this.#outline.hidden = true;
    this.#showGuide();
  }

  #tick() {
    const nowMs = performance.now();
    const sentence = this.#sentence.at(nowMs);
    if (sentence !== '') put(this.#state, sentence); // until the first one comes, it says to wait
    put(this.#voice, this.#speech.at(nowMs));
  }

  async #copyNumbers() {
    if (this.#measure === null) return;
    try {
      await navigator.clipboard.writeText(asText(this.#measure));
      this.#copied.textContent = say('fit.copied');
    } catch {
      this.#copied.textContent = say('fit.copy_failed');
    }
    clearTimeout(this.#copiedTimer);
    this.#copiedTimer = window.setTimeout(() => (this.#copied.textContent = ''), COPIED_MS);
  }
}

/**
 * @param {string} label
 * @param {string} hint
 * @param {(Node | string)[]} value
 */
function row(label, hint, ...value) {
  return element('div', {}, element('dt', {}, label, element('small', {}, hint)), element('dd', {}, ...value));
}

/**
 * Numbers stay with their doubt and their unit on one line.
 * @param {string} sentence
 */
function unbroken(sentence) {
  return sentence.replace(/ ± /g, '\u00a0±\u00a0').replace(/ mm/g, '\u00a0mm');
}

/**
 * New children only where something changed: a selection in the old ones stays.
 * @param {HTMLElement} parent
 * @param {HTMLElement[]} children
 */
function replace(parent, children) {
  const made = element('div', {}, ...children);
  if (made.innerHTML !== parent.innerHTML) parent.replaceChildren(...made.childNodes);
}

/**
 * @param {HTMLElement} line
 * @param {string} text
 */
function put(line, text) {
  if (line.textContent !== text) line.textContent = text;
}
