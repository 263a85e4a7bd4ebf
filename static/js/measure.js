/** Running figures for the read-out, over the last few seconds only. Pure: the caller brings the time. */

const WINDOW_MS = 3000;
const MAX_SAMPLES = 512;

/** Values of the last three seconds. */
export class Window {
  /** @type {{ tMs: number, value: number }[]} */
  #samples = [];

  /**
   * @param {number} tMs
   * @param {number} value
   */
  add(tMs, value) {
    this.#samples.push({ tMs, value });
    if (this.#samples.length > MAX_SAMPLES) this.#samples.shift();
  }

  clear() {
    this.#samples = [];
  }

  /**
   * The middle value; NaN when there is none.
   * @param {number} nowMs
   */
  median(nowMs) {
    const values = this.#recent(nowMs)
      .map((sample) => sample.value)
      .sort((a, b) => a - b);
    if (values.length === 0) return NaN;
    const half = values.length >> 1;
    return values.length % 2 === 1 ? values[half] ?? NaN : ((values[half - 1] ?? NaN) + (values[half] ?? NaN)) / 2;
  }

  /**
   * Samples a second, measured between the first and the last of them; 0 when there are fewer than two.
   * @param {number} nowMs
   */
  rate(nowMs) {
    const recent = this.#recent(nowMs);
    const first = recent[0];
    const last = recent[recent.length - 1];
    if (first === undefined || last === undefined || last.tMs <= first.tMs) return 0;
    return ((recent.length - 1) * 1000) / (last.tMs - first.tMs);
  }

  /** @param {number} nowMs */
  #recent(nowMs) {
    return this.#samples.filter((sample) => nowMs - sample.tMs <= WINDOW_MS);
  }
}
