/** One plot over time: lines or bands, shaded stretches, the cursor of the shown frame and that of the pointer. */

import { element } from '../js/elements.js';
import { clock, shown, tickLabel, ticks } from './numbers.js';
import { bandPath, linePath, range } from './paths.js';
import { drawing } from './svg.js';

/** @typedef {import('./data.js').PlotData} PlotData */
/** @typedef {import('./data.js').Stretch} Stretch */
/** @typedef {import('./timeline.js').Timeline} Timeline */

const HEIGHT = 132;
const PAD = Object.freeze({ left: 46, right: 10, top: 8, bottom: 20 });
/** Stretches that are drawn behind every plot; hints have lanes of their own. */
const SHADED = new Set(['lost', 'failed', 'dropped']);

/**
 * @typedef {object} Pointing
 * @property {(frame: number | null, x: number, y: number) => void} hover in the window's pixels; null: gone
 * @property {(frame: number) => void} seek
 */

export class Plot {
  #data;
  #timeline;
  #stretches;
  #pointing;
  #figure;
  #host;
  /** @type {HTMLElement[]} */
  #values = [];
  /** @type {SVGLineElement | null} */
  #cursor = null;
  /** @type {SVGLineElement | null} */
  #finger = null;
  #width = 0;
  #frame = 0;

  /**
   * @param {PlotData} data
   * @param {Timeline} timeline
   * @param {readonly Stretch[]} stretches
   * @param {Pointing} pointing
   */
  constructor(data, timeline, stretches, pointing) {
    this.#data = data;
    this.#timeline = timeline;
    this.#stretches = stretches.filter((stretch) => SHADED.has(stretch.kind));
    this.#pointing = pointing;
    this.#host = element('div', { class: 'plot-area' });
    this.#figure = element('figure', { class: 'plot' }, this.#head(), this.#host);
    this.#listen();
  }

  get element() {
    return this.#figure;
  }

  /** Draws it as wide as its place is; nothing happens while that has not changed. */
  layout() {
    const width = Math.floor(this.#host.clientWidth);
    if (width === this.#width || width < 80) return;
    this.#width = width;
    this.#host.replaceChildren(this.#draw());
    this.show(this.#frame);
  }

  /**
   * Moves the cursor and tells the values there.
   * @param {number} frame
   */
  show(frame) {
    this.#frame = frame;
    this.#place(this.#cursor, frame);
    this.describe(frame).forEach(({ text }, n) => {
      const place = this.#values[n];
      if (place !== undefined && place.textContent !== text) place.textContent = text;
    });
  }

  /** @param {number | null} frame */
  point(frame) {
    if (this.#finger === null) return;
    this.#finger.style.display = frame === null ? 'none' : '';
    if (frame !== null) this.#place(this.#finger, frame);
  }

  /**
   * The values of a frame, or the range of its bucket.
   * @param {number} frame
   * @returns {{ name: string, text: string }[]}
   */
  describe(frame) {
    const point = this.#timeline.pointOf(frame);
    return this.#data.lines.map(({ name, low, high }) => {
      const least = low[point];
      const most = high?.[point] ?? least;
      const text =
        least === most
          ? shown(least, this.#data.unit)
          : `${shown(least, '')} to ${shown(most, this.#data.unit)}`;
      return { name, text };
    });
  }

  get title() {
    return this.#data.title;
  }

  #head() {
    const { title, unit, about, measure, lines } = this.#data;
    const name = measure === null ? title : element('a', { href: `#measure-${measure}` }, title);
    const heading = element('h4', {}, name);
    if (unit !== '') heading.append(' ', element('span', { class: 'unit' }, unit));
    const legend = element('ul', { class: 'legend' });
    lines.forEach((line, n) => {
      const value = element('span', { class: 'value' });
      this.#values.push(value);
      const label = lines.length > 1 ? [element('i', { class: `key line-${n % 8}` }), `${line.name} `] : [];
      legend.append(element('li', {}, ...label, value));
    });
    return element('figcaption', { title: about }, heading, legend);
  }

  #draw() {
    const inner = this.#width - PAD.left - PAD.right;
    const y = this.#vertical();
    const starts = (/** @type {number} */ point) => this.#x(this.#timeline.firstOf(point));
    const svg = drawing('svg', {
      class: 'chart',
      width: this.#width,
      height: HEIGHT,
      viewBox: `0 0 ${this.#width} ${HEIGHT}`,
      role: 'img',
      'aria-label': this.#summary(),
    });
    for (const { first, last, kind, text } of this.#stretches) {
      const x = this.#x(first);
      const box = { x, y: PAD.top, width: Math.max(1, this.#x(last + 1) - x), height: HEIGHT - PAD.top - PAD.bottom };
      svg.append(drawing('rect', { ...box, class: `shade ${kind}` }, drawing('title', {}, text)));
    }
    this.#grid(svg, inner, y);
    this.#data.lines.forEach(({ low, high }, n) => {
      const colour = `line-${n % 8}`;
      if (high !== null) svg.append(drawing('path', { class: `band ${colour}`, d: bandPath(low, high, starts, y.at) }));
      svg.append(drawing('path', { class: `trace ${colour}`, d: linePath(high ?? low, starts, y.at) }));
    });
    const upright = { y1: PAD.top, y2: HEIGHT - PAD.bottom, x1: 0, x2: 0 };
    this.#finger = drawing('line', { class: 'finger', ...upright });
    this.#finger.style.display = 'none';
    this.#cursor = drawing('line', { class: 'cursor', ...upright });
    svg.append(this.#finger, this.#cursor);
    return svg;
  }

  /**
   * @param {SVGSVGElement} svg
   * @param {number} inner
   * @param {{ ticks: number[], at: (value: number) => number }} y
   */
  #grid(svg, inner, y) {
    const step = (y.ticks[1] ?? 0) - (y.ticks[0] ?? 0);
    for (const value of y.ticks) {
      const at = Math.round(y.at(value)) + 0.5;
      svg.append(
        drawing('line', { class: 'grid', x1: PAD.left, x2: PAD.left + inner, y1: at, y2: at }),
        drawing('text', { class: 'tick', x: PAD.left - 8, y: at + 3.5, 'text-anchor': 'end' }, tickLabel(value, step)),
      );
    }
    const seconds = ticks(0, this.#timeline.lengthMs / 1000, Math.max(3, Math.floor(inner / 90)));
    const gap = (seconds[1] ?? 1) - (seconds[0] ?? 0);
    for (const second of seconds) {
      const x = PAD.left + (this.#timeline.lengthMs > 0 ? (second * 1000 * inner) / this.#timeline.lengthMs : 0);
      const label = gap >= 60 ? clock(second * 1000, 0) : `${tickLabel(second, gap)}\u202fs`;
      const anchor = x > this.#width - 24 ? 'end' : 'middle';
      svg.append(drawing('text', { class: 'tick', x, y: HEIGHT - 5, 'text-anchor': anchor }, label));
    }
  }

  /** The axis: its ticks, and where a value stands. */
  #vertical() {
    const lists = this.#data.lines.flatMap(({ low, high }) => (high === null ? [low] : [low, high]));
    let [low, high] = range(lists) ?? [0, 1];
    if (this.#data.zero) low = Math.min(0, low);
    if (high - low < 1e-9) [low, high] = [low - (this.#data.zero && low === 0 ? 0 : 0.5), high + 0.5];
    const room = (high - low) * 0.06;
    const [bottom, top] = [this.#data.zero && low === 0 ? 0 : low - room, high + room];
    const height = HEIGHT - PAD.top - PAD.bottom;
    return {
      ticks: ticks(bottom, top, 4),
      at: (/** @type {number} */ value) => PAD.top + height * (1 - (value - bottom) / (top - bottom)),
    };
  }

  /**
   * Where a frame starts, in the drawing's pixels.
   * @param {number} frame
   */
  #x(frame) {
    const inner = this.#width - PAD.left - PAD.right;
    const { lengthMs } = this.#timeline;
    return PAD.left + (lengthMs > 0 ? (this.#timeline.startOf(frame) / lengthMs) * inner : inner / 2);
  }

  /**
   * @param {SVGLineElement | null} line
   * @param {number} frame
   */
  #place(line, frame) {
    line?.setAttribute('transform', `translate(${this.#x(frame).toFixed(1)} 0)`);
  }

  #summary() {
    const told = this.#data.lines.map(({ name, low, high }) => {
      const ends = range(high === null ? [low] : [low, high]);
      return ends === null
        ? `${name}: no values`
        : `${name}: ${shown(ends[0], '')} to ${shown(ends[1], this.#data.unit)}`;
    });
    return `${this.#data.title} over time. ${told.join('; ')}.`;
  }

  /** @param {PointerEvent} event */
  #frameUnder(event) {
    const box = this.#host.getBoundingClientRect();
    const part = (event.clientX - box.left - PAD.left) / Math.max(1, this.#width - PAD.left - PAD.right);
    // The nearest start, so that what is under the pointer is what is told.
    const ms = Math.max(0, Math.min(1, part)) * this.#timeline.lengthMs;
    const frame = this.#timeline.frameAt(ms);
    const next = this.#timeline.clamp(frame + 1);
    return this.#timeline.startOf(next) - ms < ms - this.#timeline.startOf(frame) ? next : frame;
  }

  #listen() {
    this.#host.addEventListener('pointermove', (event) => {
      const frame = this.#frameUnder(event);
      if (event.buttons & 1) this.#pointing.seek(frame);
      this.#pointing.hover(event.pointerType === 'mouse' ? frame : null, event.clientX, event.clientY);
    });
    this.#host.addEventListener('pointerleave', () => this.#pointing.hover(null, 0, 0));
    this.#host.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      this.#pointing.seek(this.#frameUnder(event));
      if (event.pointerType === 'mouse') this.#host.setPointerCapture(event.pointerId);
    });
  }
}
