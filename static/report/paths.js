/** Lines and bands as SVG path data; pure. Gaps (null) stay gaps. */

/** @typedef {readonly (number | null)[]} Values */

/**
 * Stretches of values without a gap, as [first, after last].
 * @param {Values} values
 * @returns {[number, number][]}
 */
export function unbroken(values) {
  /** @type {[number, number][]} */
  const found = [];
  let first = -1;
  for (let n = 0; n <= values.length; n += 1) {
    const there = n < values.length && values[n] !== null;
    if (there && first < 0) first = n;
    if (!there && first >= 0) {
      found.push([first, n]);
      first = -1;
    }
  }
  return found;
}

/**
 * @param {Values} values
 * @param {(point: number) => number} x
 * @param {(value: number) => number} y
 */
export function linePath(values, x, y) {
  return unbroken(values)
    .map(([first, after]) => {
      const dots = [];
      for (let n = first; n < after; n += 1) dots.push(dot(x(n), y(/** @type {number} */ (values[n]))));
      // A lone value would be a line of no length; with a round cap this is a dot.
      return `M${dots.join('L')}${dots.length === 1 ? 'h0.01' : ''}`;
    })
    .join('');
}

/**
 * The area between each bucket's least and greatest value.
 * @param {Values} low
 * @param {Values} high
 * @param {(point: number) => number} x
 * @param {(value: number) => number} y
 */
export function bandPath(low, high, x, y) {
  return unbroken(low)
    .map(([first, after]) => {
      const dots = [];
      for (let n = first; n < after; n += 1) dots.push(dot(x(n), y(/** @type {number} */ (high[n]))));
      for (let n = after - 1; n >= first; n -= 1) dots.push(dot(x(n), y(/** @type {number} */ (low[n]))));
      return `M${dots.join('L')}Z`;
    })
    .join('');
}

/**
 * @param {number} x
 * @param {number} y
 */
function dot(x, y) {
  return `${Math.round(x * 10) / 10},${Math.round(y * 10) / 10}`;
}

/**
 * Least and greatest of all values; null where there is none.
 * @param {readonly Values[]} lists
 * @returns {[number, number] | null}
 */
export function range(lists) {
  let low = Infinity;
  let high = -Infinity;
  for (const values of lists) {
    for (const value of values) {
      if (value === null) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? [low, high] : null;
}
