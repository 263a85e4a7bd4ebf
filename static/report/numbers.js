/** Numbers for people: three digits that matter, a true minus, the unit after a narrow space; and the ticks of an axis. */

const TIGHT = new Set(['°', '×']);

/**
 * @param {number | null | undefined} value
 * @param {string} unit
 */
export function shown(value, unit) {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  let decimals = 0;
  if (size > 0 && size < 100) decimals = Math.min(5, Math.max(0, 2 - Math.floor(Math.log10(size))));
  const digits = value.toFixed(decimals);
  // Of a small number a nought at the end tells nothing that matters.
  return withUnit(decimals > 0 && size < 1 ? digits.replace(/\.?0+$/, '') : digits, unit);
}

/**
 * @param {string} digits
 * @param {string} unit
 */
function withUnit(digits, unit) {
  const zero = !/[1-9]/.test(digits);
  const text = zero ? digits.replace('-', '') : digits.replace('-', '\u2212');
  if (unit === '') return text;
  return TIGHT.has(unit) ? `${text}${unit}` : `${text}\u202f${unit}`;
}

/**
 * @param {number} ms
 * @param {number} [decimals]
 */
export function clock(ms, decimals = 2) {
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(decimals)}\u202fs`;
  const whole = Math.floor(seconds / 60);
  return `${whole}:${(seconds - whole * 60).toFixed(decimals).padStart(decimals ? 3 + decimals : 2, '0')}`;
}

/**
 * Round numbers from `low` to `high`, at most `most` of them.
 * @param {number} low
 * @param {number} high
 * @param {number} most
 * @returns {number[]}
 */
export function ticks(low, high, most) {
  if (!(high > low)) return [low];
  const rough = (high - low) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, n) => Number(((first + n) * step).toPrecision(12)));
}

/**
 * The label of a tick, with as many decimals as its neighbours need to differ.
 * @param {number} value
 * @param {number} step
 */
export function tickLabel(value, step) {
  const decimals = step > 0 ? Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) : 0;
  return withUnit(value.toFixed(Math.min(6, decimals)), '');
}
