/** What has no value but a stretch of time, one lane each: lost and dropped frames, hints; and the regions' colours. */

import { element } from '../js/elements.js';
import { hexOfLab } from './colour.js';
import { clock } from './numbers.js';
import { drawing } from './svg.js';

/** @typedef {import('./data.js').Stretch} Stretch */
/** @typedef {import('./data.js').Strip} Strip */
/** @typedef {import('./timeline.js').Timeline} Timeline */

/** The drawing's own width; it is stretched to its place. */
const SPAN = 1000;

/**
 * @param {readonly Stretch[]} stretches
 * @param {Timeline} timeline
 * @param {(frame: number) => void} seek
 */
export function lanes(stretches, timeline, seek) {
  /** @type {Map<string, Stretch[]>} */
  const byText = new Map();
  for (const stretch of stretches) byText.set(stretch.text, [...(byText.get(stretch.text) ?? []), stretch]);
  const rows = [...byText].map(([text, list]) => {
    const frames = list.reduce((sum, { first, last }) => sum + last - first + 1, 0);
    const svg = track();
    for (const { first, last, kind } of list) svg.append(box(first, last + 1, timeline, { class: `lane ${kind}` }));
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', list.slice(0, 12).map((stretch) => spoken(stretch, timeline)).join('; '));
    const name = element('button', { type: 'button', class: 'lane-name', title: 'Go to the first of these frames' }, text);
    name.addEventListener('click', () => seek(list[0]?.first ?? 0));
    return element('li', {}, name, svg, element('span', { class: 'amount' }, frames === 1 ? '1 frame' : `${frames} frames`));
  });
  return element('ul', { class: 'lanes' }, ...rows);
}

/**
 * @param {readonly Strip[]} strips
 * @param {Timeline} timeline
 */
export function strips(strips, timeline) {
  const rows = strips.map(({ name, before, after }) => {
    const svg = track();
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', `Mean colour of the ${name}: above in the camera's picture, below dressed.`);
    colours(svg, before, 0, timeline);
    colours(svg, after, 5, timeline);
    return element('li', {}, element('span', { class: 'lane-name' }, name.replaceAll('_', ' ')), svg);
  });
  return element('ul', { class: 'lanes strips' }, ...rows);
}

function track() {
  return drawing('svg', { class: 'track', viewBox: `0 0 ${SPAN} 10`, preserveAspectRatio: 'none' });
}

/**
 * @param {number} first
 * @param {number} after
 * @param {Timeline} timeline
 * @param {Readonly<Record<string, string | number>>} attributes
 */
function box(first, after, timeline, attributes) {
  const scale = SPAN / Math.max(1, timeline.frames);
  const width = Math.max(2, (after - first) * scale);
  return drawing('rect', { x: Math.min(first * scale, SPAN - width), y: 0, width, height: 10, ...attributes });
}

/**
 * Neighbours of one colour are one rectangle, so that a still picture costs one.
 * @param {SVGSVGElement} svg
 * @param {readonly (number[] | null)[]} list
 * @param {number} y
 * @param {Timeline} timeline
 */
function colours(svg, list, y, timeline) {
  const names = list.map((lab) => (lab === null ? '' : hexOfLab(lab)));
  let first = 0;
  for (let n = 1; n <= names.length; n += 1) {
    if (n < names.length && names[n] === names[first]) continue;
    const fill = names[first];
    if (fill) {
      const [from, to] = [timeline.firstOf(first), timeline.firstOf(n)];
      svg.append(box(from, to, timeline, { y, height: 5, fill, 'shape-rendering': 'crispEdges' }));
    }
    first = n;
  }
}

/**
 * @param {Stretch} stretch
 * @param {Timeline} timeline
 */
function spoken({ first, last, text }, timeline) {
  return `${text} ${clock(timeline.startOf(first))} to ${clock(timeline.startOf(last))}`;
}
