/** The wearer's colours in words: plain values, without any DOM. */

import { number, say, told } from './words.js';

/** @typedef {import('./wire.js').Tone} Tone */
/** @typedef {import('./wire.js').ToneClass} ToneClass */
/** @typedef {import('./wire.js').LipAdvice} LipAdvice */
/** @typedef {import('./wire.js').ShadeMatch} ShadeMatch */

/** What people see of a difference (CIEDE2000): none side by side, hardly any, some. */
const SAME = 1;
const CLOSE = 3;
const NEAR = 6;

/**
 * What a lipstick is advised for.
 * @param {LipAdvice} advice
 */
export function roleOf({ role }) {
  return told(`tone.role_${role}`, role);
}

/**
 * Why a lipstick is advised.
 * @param {LipAdvice} advice
 */
export function reasonOf({ reason, why }) {
  if (why === null) return reason;
  const harmony = say(`reason.harmony_${why.harmony}`, { undertone: say(`reason.undertone_${why.undertone}`) });
  return say('reason.sentence', {
    colour: say(`reason.colour_${why.tone}_${why.kind}`),
    harmony,
    contrast: say(`reason.contrast_${why.contrast}`),
    light: say(`reason.light_${why.light}`),
  });
}

/**
 * `33° ± 14°`
 * @param {Tone} tone
 */
export function itaOf(tone) {
  return `${number(tone.itaDeg)}° ± ${number(tone.itaPlusMinusDeg)}°`;
}

/**
 * `4, perhaps 3 to 5`
 * @param {ToneClass} found
 */
export function classOf(found) {
  const { name, lightest, darkest } = found;
  return lightest === darkest ? name : say('tone.class_range', { name, lightest, darkest });
}

/** @param {ToneClass} found */
export function sureness(found) {
  return say('tone.sure', { percent: percent(found.confidence) });
}

/**
 * `L* 61 ± 5, a* 10 ± 3, b* 17 ± 4`
 * @param {Tone} tone
 */
export function labOf(tone) {
  return ['L*', 'a*', 'b*'].map((name, at) => `${name}\u00a0${number(tone.lab[at] ?? 0)}\u00a0±\u00a0${number(tone.plusMinus[at] ?? 0)}`).join(', ');
}

/** @param {Tone} tone */
export function undertoneOf(tone) {
  const undertone = told(`tone.undertone_${tone.undertone}`, tone.undertone);
  return say('tone.undertone_sure', { undertone, percent: percent(tone.undertoneConfidence) });
}

/** @param {Tone} tone */
export function lightOf(tone) {
  const light = told(`tone.light_${tone.light.word}`, tone.light.word);
  const source = tone.light.source === 'paper' ? say('tone.from_paper') : say('tone.from_room');
  return say('tone.light_from', { light, percent: percent(tone.light.plusMinus), source });
}

/** @param {number} de00 */
export function likeness(de00) {
  if (de00 <= SAME) return say('tone.same');
  if (de00 <= CLOSE) return say('tone.very_close');
  return de00 <= NEAR ? say('tone.close') : say('tone.far');
}

/**
 * The matches of the product with the best one, from light to dark as the catalogue lists them.
 * @param {readonly ShadeMatch[]} matches the best product's first
 * @returns {ShadeMatch[]}
 */
export function firstProduct(matches) {
  return matches.filter((match) => match.sku === matches[0]?.sku);
}

/**
 * What a screen reader hears when measuring is through.
 * @param {Tone} tone
 */
export function spokenTone(tone) {
  return say('tone.spoken', {
    monk: classOf(tone.monk),
    ita: number(tone.itaDeg),
    doubt: number(tone.itaPlusMinusDeg),
    undertone: undertoneOf(tone).toLowerCase(),
  });
}

/** @param {number} part */
function percent(part) {
  return number(part * 100);
}
