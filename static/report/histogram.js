/** A distribution as bars, with its median and its 95th percentile marked. */

import { element } from '../js/elements.js';
import { shown, tickLabel, ticks } from './numbers.js';
import { drawing } from './svg.js';

/** @typedef {import('./data.js').Histogram} Histogram */

const WIDTH = 260;
const HEIGHT = 96;
const FLOOR = 76;
const SIDE = 6;
/** As wide as the name of a percentile. */
const NAME = 24;

/**
 * @param {string} title
 * @param {string} unit
 * @param {Histogram} data
 */
export function histogram(title, unit, data) {
  const told = `Median ${shown(data.p50, unit)}, 95th percentile ${shown(data.p95, unit)}, greatest ${shown(data.max, unit)}, of ${data.n} frames.`;
  const svg = drawing('svg', {
    class: 'chart histogram',
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    role: 'img',
    'aria-label': `Distribution of ${title}. ${told}`,
  });
  const x = (/** @type {number} */ value) =>
    SIDE + ((Math.min(value, data.high) - data.low) / (data.high - data.low)) * (WIDTH - 2 * SIDE);
  const most = Math.max(...data.counts);
  const bar = (WIDTH - 2 * SIDE) / data.counts.length;
  data.counts.forEach((count, n) => {
    if (count === 0) return;
    // One frame of ten thousand still shows.
    const height = Math.max(1, (count / most) * (FLOOR - 14));
    const box = { x: SIDE + n * bar + 0.5, y: FLOOR - height, width: Math.max(0.5, bar - 1), height };
    svg.append(drawing('rect', { class: 'bar', ...box }));
  });
  svg.append(drawing('line', { class: 'axis', x1: SIDE, x2: WIDTH - SIDE, y1: FLOOR + 0.5, y2: FLOOR + 0.5 }));
  const [middle, high] = [x(data.p50), x(data.p95)];
  for (const [name, at] of /** @type {[string, number][]} */ ([
    ['p50', middle],
    ['p95', high],
  ])) {
    svg.append(drawing('line', { class: `percentile ${name}`, x1: at, x2: at, y1: 12, y2: FLOOR }));
    // Close together, the median's name stands on the left of its line and the other's on the right; where there is
    // no room for that, the numbers below must do.
    const end = name === 'p50' ? middle > NAME : high > WIDTH - NAME;
    if (name === 'p50' && !end && high - middle < NAME) continue;
    if (name === 'p95' && end && high - middle < NAME) continue;
    svg.append(
      drawing('text', { class: 'tick', x: at, y: 9, 'text-anchor': end ? 'end' : 'start', dx: end ? 2 : -2 }, name),
    );
  }
  const marks = ticks(data.low, data.high, 4);
  const step = (marks[1] ?? 0) - (marks[0] ?? 0);
  for (const value of marks) {
    const at = x(value);
    const anchor = at < 18 ? 'start' : at > WIDTH - 18 ? 'end' : 'middle';
    svg.append(drawing('text', { class: 'tick', x: at, y: HEIGHT - 6, 'text-anchor': anchor }, tickLabel(value, step)));
  }
  const numbers = element('dl', { class: 'percentiles' });
  for (const [term, value] of /** @type {[string, number][]} */ ([
    ['p50', data.p50],
    ['p95', data.p95],
    ['max', data.max],
  ])) {
    numbers.append(element('div', {}, element('dt', {}, term), element('dd', {}, shown(value, unit))));
  }
  return element('figure', { class: 'distribution' }, element('figcaption', {}, title), svg, numbers);
}
