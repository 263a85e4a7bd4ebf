/**
 * "Find my shade": asks for the shopper's colours while it is open, and for nothing when it is closed. Numbers live in this
 * page only, and go with the panel.
 */

import { byId, element, icon } from './elements.js';
import { Calm, hintOf } from './sizes.js';
import { readColour } from './swatchphoto.js';
import { classOf, firstProduct, itaOf, labOf, lightOf, likeness, reasonOf, roleOf, spokenTone, sureness, undertoneOf } from './tones.js';
import { number, say } from './words.js';

/** @typedef {import('./catalogue.js').Product} Product */
/** @typedef {import('./wire.js').Measure} Measure */
/** @typedef {import('./wire.js').MeasureMode} MeasureMode */
/** @typedef {import('./wire.js').ShadeMatch} ShadeMatch */
/** @typedef {import('./wire.js').Tone} Tone */

/** The visible sentence may change this often, the spoken one that often. */
const SHOWN_MS = 900;
const SPOKEN_MS = 3500;
const TICK_MS = 150;

/** A state that ends a search for the paper without success. */
const PAPER_OVER = 'paper_lost';

/**
 * What the panel asks of the page.
 * @typedef {object} Errands
 * @property {(mode: MeasureMode, again: boolean) => void} ask
 * @property {() => Readonly<Record<string, string>>} texts sentences by code, in the server's words
 * @property {(sku: string) => Product | undefined} find
 * @property {(sku: string, shade: string) => void} putOn
 * @property {(sku: string, shades: string[]) => void} compare
 * @property {() => void} opened
 */

export class ShadePanel {
  #root = byId('shade', HTMLElement);
  #opener = byId('shade-open', HTMLButtonElement);
  #title = byId('shade-title', HTMLElement);
  #state = byId('shade-state', HTMLElement);
  #progress = byId('shade-progress', HTMLProgressElement);
  #voice = byId('shade-voice', HTMLElement);
  #result = byId('shade-result', HTMLElement);
  #paperButton = byId('shade-paper', HTMLButtonElement);
  #guide = byId('shade-guide', HTMLElement);
  #matches = byId('shade-matches', HTMLElement);
  #again = byId('shade-again', HTMLButtonElement);
  #file = byId('swatch-file', HTMLInputElement);
  #photo = byId('swatch-read', HTMLElement);
  #outline = byId('outline', HTMLElement);
  #errands;
  #consentVersion;
  /** @type {MeasureMode} */
  #mode = 'off';
  /** @type {Measure | null} */
  #measure = null;
  #told = '';
  #sentence = new Calm(SHOWN_MS);
  #speech = new Calm(SPOKEN_MS);
  #timer = 0;

  /**
   * @param {Errands} errands
   * @param {number} consentVersion
   */
  constructor(errands, consentVersion) {
    this.#errands = errands;
    this.#consentVersion = consentVersion;
    this.#opener.addEventListener('click', () => this.toggle());
    byId('shade-close', HTMLButtonElement).addEventListener('click', () => this.close());
    this.#again.addEventListener('click', () => this.#begin('skin', true));
    this.#paperButton.addEventListener('click', () => this.#togglePaper());
    byId('swatch-choose', HTMLButtonElement).addEventListener('click', () => this.#file.click());
    this.#file.addEventListener('change', () => {
      const file = this.#file.files?.[0];
      this.#file.value = ''; // the same photo may be chosen again
      if (file !== undefined) void this.#read(file);
    });
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
    this.#errands.opened();
    this.#root.hidden = false;
    this.#opener.setAttribute('aria-expanded', 'true');
    this.#timer = window.setInterval(() => this.#tick(), TICK_MS);
    this.#begin('skin', false);
    this.#root.scrollIntoView({ block: 'nearest' });
    this.#title.focus({ preventScroll: true });
  }

  /** Measures no longer and forgets the numbers; idempotent. */
  close() {
    if (!this.open) return;
    const hadFocus = this.#root.contains(document.activeElement);
    this.#mode = 'off';
    this.#errands.ask('off', false);
    clearInterval(this.#timer);
    this.#clear();
    this.#photo.replaceChildren();
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
    if (this.#mode === 'paper') this.#errands.ask((this.#mode = 'skin'), true);
    this.#clear();
    this.#state.textContent = sentence || say('mirror.one_moment');
  }

  /**
   * @param {Measure} measure
   * @param {{ width: number, height: number }} frame
   */
  show(measure, frame) {
    if (!this.open || measure.mode !== this.#mode) return;
    const before = this.#measure;
    this.#measure = measure;
    const sentence = hintOf(measure.state, this.#errands.texts());
    this.#sentence.set(sentence);
    if (measure.state !== 'measured') this.#speech.set(sentence);
    else if (measure.tone !== null && before?.state !== 'measured') this.#speech.set(spokenTone(measure.tone));
    this.#progress.hidden = measure.state === 'measured' || (measure.tone !== null && !this.#searching());
    this.#progress.max = measure.needed;
    this.#progress.value = measure.done;
    this.#showTone(measure.tone);
    this.#showOutline(measure, frame);
    this.#showGuide();
  }

  /**
   * @param {MeasureMode} mode
   * @param {boolean} again
   */
  #begin(mode, again) {
    this.#mode = mode;
    this.#errands.ask(mode, again);
    if (mode === 'skin') this.#clear();
    this.#sentence.clear();
    this.#state.textContent = say('mirror.one_moment');
    this.#showGuide();
  }

  #togglePaper() {
    const searching = this.#searching();
    this.#begin(searching ? 'skin' : 'paper', false);
    this.#root.scrollIntoView({ block: 'start' });
  }

  #searching() {
    return this.#mode === 'paper' && !this.#withPaper() && this.#measure?.state !== PAPER_OVER;
  }

  #withPaper() {
    return this.#measure?.tone?.light.source === 'paper';
  }

  #showGuide() {
    const searching = this.#searching();
    this.#guide.hidden = !searching;
    this.#root.classList.toggle('searching', searching); // nothing else to read meanwhile
    this.#paperButton.hidden = this.#withPaper();
    this.#paperButton.setAttribute('aria-expanded', String(searching));
    const label = this.#paperButton.querySelector('span');
    const over = this.#mode === 'paper' && this.#measure?.state === PAPER_OVER;
    const text = searching ? say('shade.paper_stop') : over ? say('shade.paper_retry') : say('shade.paper');
    if (label !== null && label.textContent !== text) label.textContent = text;
    if (!searching) this.#outline.hidden = true;
  }

  /** @param {Tone | null} tone */
  #showTone(tone) {
    const told = JSON.stringify(tone);
    if (told === this.#told) return;
    this.#told = told;
    this.#result.hidden = this.#matches.hidden = this.#again.hidden = tone === null;
    if (tone === null) return;
    const dot = element('span', { class: 'tone-dot', 'aria-hidden': 'true' });
    dot.style.setProperty('--swatch', tone.color);
    this.#result.replaceChildren(
      element(
        'div',
        { class: 'tone' },
        dot,
        element('p', {}, element('strong', {}, say('shade.monk', { tone: classOf(tone.monk) })), element('span', {}, sureness(tone.monk))),
      ),
      element(
        'dl',
        { class: 'numbers' },
        row(say('shade.undertone'), '', undertoneOf(tone)),
        row(say('shade.angle'), say('shade.angle_hint'), itaOf(tone)),
        row(say('shade.fitzpatrick'), say('shade.fitzpatrick_hint'), classOf(tone.fitzpatrick)),
        row(say('shade.colour'), say('shade.colour_hint'), labOf(tone)),
        row(say('shade.light'), say('shade.light_hint'), lightOf(tone)),
      ),
    );
    const keepFocus = this.#matches.contains(document.activeElement) ? document.activeElement?.getAttribute('data-key') : null;
    this.#matches.replaceChildren(...this.#foundations(tone), ...this.#lipsticks(tone), ...this.#likeLips(tone));
    if (keepFocus) /** @type {HTMLElement | null} */ (this.#matches.querySelector(`[data-key="${keepFocus}"]`))?.focus();
  }

  /** @param {Tone} tone */
  #foundations(tone) {
    const best = firstProduct(tone.foundations);
    const product = this.#errands.find(best[0]?.sku ?? '');
    if (product === undefined) return [];
    const order = (/** @type {ShadeMatch} */ match) => product.shades.findIndex((shade) => shade.id === match.shade);
    const shades = [...best].sort((one, other) => order(one) - order(other)).map((match) => match.shade);
    const all = element('button', { type: 'button', class: 'button', 'data-key': 'all' }, icon('compare'), element('span', {}, say('shade.all')));
    all.addEventListener('click', () => {
      this.#errands.putOn(product.sku, best[0]?.shade ?? '');
      this.#errands.compare(product.sku, shades);
    });
    return [
      element('h3', {}, say('shade.foundation')),
      element('p', { class: 'fine' }, say('shade.nearest', { product: product.name })),
      this.#cards(best, wordsOf),
      ...(shades.length > 1 ? [element('div', { class: 'fit-actions' }, all)] : []),
    ];
  }

  /** @param {Tone} tone */
  #lipsticks(tone) {
    const rows = tone.lipsticks.flatMap((advice) => {
      const card = this.#card(advice, roleOf(advice), reasonOf(advice));
      return card === null ? [] : [element('li', {}, card)];
    });
    return rows.length === 0 ? [] : [element('h3', {}, say('shade.lipstick')), element('ul', { class: 'matches wide' }, ...rows)];
  }

  /** @param {Tone} tone */
  #likeLips(tone) {
    if (tone.likeLips.length === 0) return [];
    return [
      element('h3', {}, say('shade.like_lips')),
      this.#cards(tone.likeLips, wordsOf),
    ];
  }

  /**
   * @param {readonly ShadeMatch[]} matches
   * @param {(match: ShadeMatch) => string} words
   */
  #cards(matches, words) {
    const cards = matches.flatMap((match) => {
      const card = this.#card(match, '', words(match));
      return card === null ? [] : [element('li', {}, card)];
    });
    return element('ul', { class: 'matches' }, ...cards);
  }

  /**
   * One tap wears it.
   * @param {{ sku: string, shade: string }} match
   * @param {string} over
   * @param {string} words
   */
  #card(match, over, words) {
    const shade = this.#errands.find(match.sku)?.shades.find((candidate) => candidate.id === match.shade);
    if (shade === undefined) return null;
    const dot = element('span', { class: 'match-dot', 'aria-hidden': 'true' });
    dot.style.setProperty('--swatch', shade.swatch);
    const text = element('span', { class: 'match-text' }, ...(over === '' ? [] : [element('em', {}, over)]), element('strong', {}, shade.name), element('small', {}, words));
    const button = element('button', { type: 'button', class: 'match', 'data-key': `${match.sku}:${match.shade}:${over}` }, dot, text);
    button.addEventListener('click', () => this.#errands.putOn(match.sku, match.shade));
    return button;
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
    svg.firstElementChild?.setAttribute('points', measure.corners.map((corner) => corner.join(',')).join(' '));
  }

  /** @param {Blob} file */
  async #read(file) {
    this.#photo.replaceChildren(element('p', { class: 'fine' }, say('shade.reading')));
    try {
      const read = await readColour(file, this.#consentVersion);
      if (!this.open) return;
      const dot = element('span', { class: 'match-dot', 'aria-hidden': 'true' });
      dot.style.setProperty('--swatch', read.color);
      const sure = read.white ? say('shade.white') : say('shade.no_white');
      const found = Object.values(read.matches).flatMap((matches) => matches).filter((match) => this.#errands.find(match.sku) !== undefined);
      this.#photo.replaceChildren(
        element('div', { class: 'read' }, dot, element('p', {}, element('strong', {}, say('shade.read', { color: read.color, doubt: number(read.plusMinus) })), element('small', {}, sure))),
        this.#cards(found.slice(0, 6), wordsOf),
      );
    } catch (error) {
      this.#photo.replaceChildren(element('p', { class: 'note', role: 'alert' }, error instanceof Error ? error.message : String(error)));
    }
  }

  #clear() {
    this.#measure = null;
    this.#told = '';
    this.#sentence.clear();
    this.#speech.clear();
    this.#state.textContent = this.#voice.textContent = '';
    this.#progress.hidden = true;
    this.#result.hidden = this.#matches.hidden = this.#again.hidden = true;
    this.#result.replaceChildren();
    this.#matches.replaceChildren();
    this.#outline.hidden = true;
    this.#showGuide();
  }

  #tick() {
    const nowMs = performance.now();
    const sentence = this.#sentence.at(nowMs);
    if (sentence !== '' && this.#state.textContent !== sentence) this.#state.textContent = sentence;
    const speech = this.#speech.at(nowMs);
    if (this.#voice.textContent !== speech) this.#voice.textContent = speech;
  }
}

/** @param {ShadeMatch} match */
function wordsOf(match) {
  return say('shade.match', { words: likeness(match.de00), difference: number(match.de00, 1) });
}

/**
 * @param {string} label
 * @param {string} hint
 * @param {string} value
 */
function row(label, hint, value) {
  const small = hint === '' ? [] : [element('small', {}, hint)];
  return element('div', {}, element('dt', {}, label, ...small), element('dd', {}, element('strong', {}, value)));
}
