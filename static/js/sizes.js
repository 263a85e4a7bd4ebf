/** The wearer's sizes in words: plain values, without any DOM. */

import { number, say, told } from './words.js';

/** @typedef {import('./wire.js').Measure} Measure */
/** @typedef {import('./wire.js').Size} Size */
/** @typedef {import('./wire.js').FitAspect} FitAspect */

/** A length with a larger doubt than this has no use for tenths. */
const WHOLE_FROM_MM = 6;

/** @type {readonly import('./wire.js').SizeName[]} */
const NAMES = Object.freeze(['pupils_far', 'pupils', 'face', 'nose', 'height', 'ear']);

/** What is shown of the sizes, in this order. */
export function rows() {
  return NAMES.map((name) => ({ name, label: say(`size.${name}`), hint: say(`size.${name}_hint`) }));
}

/**
 * `62.5 ± 2.4 mm`
 * @param {Size} size
 */
export function lengthOf(size) {
  const digits = size.plusMinusMm < WHOLE_FROM_MM ? 1 : 0;
  return say('fit.length', { mm: number(size.mm, digits), doubt: number(size.plusMinusMm, digits) });
}

/**
 * What the numbers rest on.
 * @param {Size} size
 */
export function sourceOf(size) {
  return told(`source.${size.source.replaceAll(' ', '_')}`, `from ${size.source}`);
}

/**
 * What a hint or a state of measuring means.
 * @param {string} code
 * @param {Readonly<Record<string, string>>} texts by code, in the server's words
 * @returns {string} empty for what neither has words for
 */
export function hintOf(code, texts) {
  return told(`hint.${code}`, Object.hasOwn(texts, code) ? (texts[code] ?? '') : '');
}

/**
 * Whether one thing about a frame fits, with its numbers.
 * @param {FitAspect} aspect
 */
export function adviceOf({ aspect, verdict, sure, sentence, values }) {
  const maybe = sure ? '' : 'maybe_';
  if (aspect !== 'centring') return told(`advice.${aspect}_${maybe}${verdict}`, sentence, values);
  const inside = values['inside_mm'] ?? 0;
  const way = verdict !== 'fits' ? verdict : `${maybe}fits_${inside < 0 ? 'outside' : 'inside'}`;
  return told(`advice.centring_${way}`, sentence, { ...values, inside_mm: Math.abs(inside) });
}

/**
 * The mark beside an advice; its sentence says the same in words.
 * @param {FitAspect} aspect
 * @returns {'check' | 'warn' | 'unsure'}
 */
export function markOf(aspect) {
  if (!aspect.sure) return 'unsure';
  return aspect.verdict === 'fits' ? 'check' : 'warn';
}

/**
 * All numbers as lines of text, to be pasted elsewhere.
 * @param {Measure} measure
 * @returns {string} empty while there are none
 */
export function asText(measure) {
  const { sizes, fit } = measure;
  if (sizes === null) return '';
  const lines = rows().map(({ name, label }) =>
    say('fit.line', { label, length: lengthOf(sizes[name]), source: sourceOf(sizes[name]) }),
  );
  return [...lines, ...(fit?.advice ?? []).map(adviceOf)].join('\n');
}

/**
 * What a screen reader hears when measuring is through.
 * @param {Measure} measure
 * @returns {string} empty while there are no numbers
 */
export function spoken(measure) {
  const { sizes, fit } = measure;
  if (sizes === null) return '';
  const apart = sizes.pupils_far;
  const advice = (fit?.advice ?? []).map(adviceOf).join(' ');
  const numbers = { mm: number(apart.mm, 1), doubt: number(apart.plusMinusMm, 1), source: sourceOf(apart) };
  return say('fit.spoken', { ...numbers, advice }).trim();
}

/** A line of text that changes no more often than it can be read or heard; the newest text is never lost. */
export class Calm {
  #intervalMs;
  #shown = '';
  #next = '';
  #shownSinceMs = -Infinity;

  /** @param {number} intervalMs */
  constructor(intervalMs) {
    this.#intervalMs = intervalMs;
  }

  /** @param {string} text */
  set(text) {
    this.#next = text;
  }

  clear() {
    this.#shown = this.#next = '';
    this.#shownSinceMs = -Infinity;
  }

  /**
   * The text to show now.
   * @param {number} nowMs
   */
  at(nowMs) {
    if (this.#next !== this.#shown && nowMs - this.#shownSinceMs >= this.#intervalMs) {
      this.#shown = this.#next;
      this.#shownSinceMs = nowMs;
    }
    return this.#shown;
  }
}
