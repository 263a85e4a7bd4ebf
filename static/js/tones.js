/** The wearer's colours in words: plain values, without any DOM. */

/** @typedef {import('./wire.js').Tone} Tone */
/** @typedef {import('./wire.js').ToneClass} ToneClass */
/** @typedef {import('./wire.js').ShadeMatch} ShadeMatch */

/** What people see of a difference (CIEDE2000): none side by side, hardly any, some. */
const SAME = 1;
const CLOSE = 3;
const NEAR = 6;

/** What a lipstick is advised for. */
export const ROLES = Object.freeze({ everyday: 'Everyday', polished: 'Polished', statement: 'Statement' });

/**
 * `33° ± 14°`
 * @param {Tone} tone
 */
export function itaOf(tone) {
  return `${Math.round(tone.itaDeg)}° ± ${Math.round(tone.itaPlusMinusDeg)}°`;
}

/**
 * `4, perhaps 3 to 5`
 * @param {ToneClass} told
 */
export function classOf(told) {
  const range = told.lightest === told.darkest ? '' : `, perhaps ${told.lightest} to ${told.darkest}`;
  return `${told.name}${range}`;
}

/** @param {ToneClass} told */
export function sureness(told) {
  return `${Math.round(told.confidence * 100)} % sure`;
}

/**
 * `L* 61 ± 5, a* 10 ± 3, b* 17 ± 4`
 * @param {Tone} tone
 */
export function labOf(tone) {
  return ['L*', 'a*', 'b*'].map((name, at) => `${name} ${Math.round(tone.lab[at] ?? 0)} ± ${Math.round(tone.plusMinus[at] ?? 0)}`).join(', ');
}

/** @param {Tone} tone */
export function undertoneOf(tone) {
  return `${tone.undertone.charAt(0).toUpperCase()}${tone.undertone.slice(1)}, ${Math.round(tone.undertoneConfidence * 100)} % sure`;
}

/** @param {Tone} tone */
export function lightOf(tone) {
  const word = { warm: 'Warm', neutral: 'Neutral', cold: 'Cool' }[tone.light.word];
  const source = tone.light.source === 'paper' ? 'from the paper' : 'from your eyes and the room';
  return `${word}, ± ${Math.round(tone.light.plusMinus * 100)} % ${source}`;
}

/** @param {number} de00 */
export function likeness(de00) {
  if (de00 <= SAME) return 'Your shade';
  if (de00 <= CLOSE) return 'Very close';
  return de00 <= NEAR ? 'Close' : 'Some way off';
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
  const ita = `${Math.round(tone.itaDeg)} degrees, plus or minus ${Math.round(tone.itaPlusMinusDeg)}`;
  return `Measured. Monk tone ${classOf(tone.monk)}. Typology angle ${ita}. Undertone: ${undertoneOf(tone).toLowerCase()}.`;
}
