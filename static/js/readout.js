/** The figures of the running mirror, on demand. */

/** @typedef {import('./meter.js').Figures} Figures */

const REFRESH_MS = 500;

/**
 * @param {Figures} figures
 * @returns {[string, string][]} term and value, in the order of the read-out
 */
export function describe(figures) {
  return [
    ['Round trip, median', milliseconds(figures.roundTripMs)],
    ['Of that, the server', milliseconds(figures.serverMs)],
    ['Shown', rate(figures.shownFps)],
    ['Source', rate(figures.sourceFps)],
    ['Sent a frame', kilobytes(figures.sentBytes)],
    ['Received a frame', kilobytes(figures.receivedBytes)],
    ['Sent picture', figures.sentSize || '–'],
    ['Shown picture', figures.shownSize || '–'],
    ['Dropped', String(figures.dropped)],
  ];
}

/** @param {number} value */
function milliseconds(value) {
  return Number.isFinite(value) ? `${value < 10 ? value.toFixed(1) : Math.round(value)} ms` : '–';
}

/** @param {number} value */
function rate(value) {
  return value > 0 ? `${value.toFixed(1)} frames/s` : '–';
}

/** @param {number} bytes */
function kilobytes(bytes) {
  return Number.isFinite(bytes) ? `${(bytes / 1000).toFixed(1)} KB` : '–';
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
