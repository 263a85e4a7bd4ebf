/** The wearer's sizes in words: plain values, without any DOM. */

/** @typedef {import('./wire.js').Measure} Measure */
/** @typedef {import('./wire.js').Size} Size */
/** @typedef {import('./wire.js').FitAspect} FitAspect */

/** A length with a larger doubt than this has no use for tenths. */
const WHOLE_FROM_MM = 6;

/** @type {readonly { name: import('./wire.js').SizeName, label: string, hint: string }[]} */
export const ROWS = Object.freeze([
  { name: 'pupils_far', label: 'Between your pupils, far', hint: 'looking into the distance: for everyday glasses' },
  { name: 'pupils', label: 'Between your pupils, near', hint: 'as you look at the screen now: for reading glasses' },
  { name: 'face', label: 'Your face', hint: 'across the cheekbones, in front of the ears' },
  { name: 'nose', label: 'Your nose', hint: 'where the pads rest' },
  { name: 'ear', label: 'To your ears', hint: 'from the bridge of the nose back' },
]);

/**
 * `62.5 ± 2.4 mm`
 * @param {Size} size
 */
export function lengthOf(size) {
  const digits = size.plusMinusMm < WHOLE_FROM_MM ? 1 : 0;
  return `${size.mm.toFixed(digits)} ± ${size.plusMinusMm.toFixed(digits)} mm`;
}

/**
 * What the numbers rest on.
 * @param {Size} size
 */
export function sourceOf(size) {
  if (size.source === 'card') return 'from the card';
  return `from ${size.source}`;
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
  const lines = ROWS.map(({ name, label }) => `${label}: ${lengthOf(sizes[name])}, ${sourceOf(sizes[name])}`);
  return [...lines, ...(fit?.advice ?? []).map((aspect) => aspect.sentence)].join('\n');
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
  const numbers = `${apart.mm.toFixed(1)} millimetres, plus or minus ${apart.plusMinusMm.toFixed(1)}, ${sourceOf(apart)}`;
  const advice = (fit?.advice ?? []).map((aspect) => aspect.sentence).join(' ');
  return `Measured. Between your pupils, far: ${numbers}. ${advice}`.trim();
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
