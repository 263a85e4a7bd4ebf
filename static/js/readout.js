/** The figures of the running mirror, on demand. */

import { number, say } from './words.js';

/** @typedef {import('./meter.js').Figures} Figures */

const REFRESH_MS = 500;

/**
 * @param {Figures} figures
 * @returns {[string, string][]} term and value, in the order of the read-out
 */
export function describe(figures) {
  return [
    [say('readout.round_trip'), milliseconds(figures.roundTripMs)],
    [say('readout.server'), milliseconds(figures.serverMs)],
    [say('readout.shown'), rate(figures.shownFps)],
    [say('readout.origin'), rate(figures.sourceFps)],
    [say('readout.sent'), kilobytes(figures.sentBytes)],
    [say('readout.received'), kilobytes(figures.receivedBytes)],
    [say('readout.sent_size'), figures.sentSize || '–'],
    [say('readout.shown_size'), figures.shownSize || '–'],
    [say('readout.dropped'), String(figures.dropped)],
  ];
}

/** @param {number} value */
function milliseconds(value) {
  return Number.isFinite(value) ? say('readout.ms', { value: number(value, value < 10 ? 1 : 0) }) : '–';
}

/** @param {number} value */
function rate(value) {
  return value > 0 ? say('readout.rate', { value: number(value, 1) }) : '–';
}

/** @param {number} bytes */
function kilobytes(bytes) {
  return Number.isFinite(bytes) ? say('readout.kilobytes', { value: number(bytes / 1000, 1) }) : '–';
}

export class Readout {
  #list;
  #figures;
  #timer = 0;

  /**
   * @param {HTMLElement} list a description list
   * @param {() => Figures} figures
   */
  constructor(list, figures) {
    this.#list = list;
    this.#figures = figures;
  }

  get open() {
    return !this.#list.hidden;
  }

  toggle() {
    this.#list.hidden = this.open;
    clearInterval(this.#timer);
    if (!this.open) return;
    this.#refresh();
    this.#timer = window.setInterval(() => this.#refresh(), REFRESH_MS);
  }

  #refresh() {
    const rows = describe(this.#figures()).map(([term, value]) => {
      const row = document.createElement('div');
      const dt = document.createElement('dt');
      const dd = document.createElement('dd');
      dt.textContent = term;
      dd.textContent = value;
      row.append(dt, dd);
      return row;
    });
    this.#list.replaceChildren(...rows);
  }
}
