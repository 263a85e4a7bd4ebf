/**
 * Decides which one sentence the shopper reads. Several things may be wrong at once and change many times a second;
 * a line of text must be calm: the most important one shows, long enough to be read.
 */

/** What is wrong, the most important last. */
export const Level = Object.freeze({ HINT: 1, NOTE: 2, BUSY: 3, OFFLINE: 4, SOURCE: 5 });

/** A shown sentence stays at least this long, unless something more important comes up. */
const MIN_SHOWN_MS = 1200;

/** A hint that lasts shorter than this (a blink, a hand passing by) is never shown. */
const HINT_SETTLES_MS = 500;

/**
 * @typedef {object} Entry
 * @property {string} key
 * @property {number} level
 * @property {string} text
 * @property {number} sinceMs
 * @property {number} untilMs
 */

export class StatusBoard {
  /** @type {Map<string, Entry>} */
  #entries = new Map();
  /** @type {Entry | null} */
  #shown = null;
  #shownSinceMs = 0;

  /**
   * @param {string} key one per cause
   * @param {number} level
   * @param {string} text
   * @param {number} nowMs
   * @param {number} [forMs] clears itself afterwards
   */
  set(key, level, text, nowMs, forMs = Infinity) {
    const before = this.#entries.get(key);
    const sinceMs = before !== undefined && before.text === text ? before.sinceMs : nowMs;
    this.#entries.set(key, { key, level, text, sinceMs, untilMs: nowMs + forMs });
  }

  /** @param {string} key */
  clear(key) {
    this.#entries.delete(key);
  }

  clearAll() {
    this.#entries.clear();
    this.#shown = null;
  }

  /**
   * The entry to show now, or null when all is well.
   * @param {number} nowMs
   * @returns {Entry | null}
   */
  at(nowMs) {
    const best = this.#best(nowMs);
    const shown = this.#shown;
    if (shown !== null && best?.key !== shown.key) {
      const outranked = best !== null && best.level > shown.level;
      if (!outranked && nowMs - this.#shownSinceMs < MIN_SHOWN_MS) return shown;
    }
    if (best === null || shown === null || best.key !== shown.key || best.text !== shown.text) {
      this.#shownSinceMs = nowMs;
    }
    this.#shown = best;
    return best;
  }

  /**
   * @param {number} nowMs
   * @returns {Entry | null}
   */
  #best(nowMs) {
    /** @type {Entry | null} */
    let best = null;
    for (const entry of [...this.#entries.values()]) {
      if (entry.untilMs <= nowMs) {
        this.#entries.delete(entry.key);
        continue;
      }
      if (entry.level === Level.HINT && nowMs - entry.sinceMs < HINT_SETTLES_MS) continue;
      if (best === null || entry.level > best.level) best = entry;
    }
    return best;
  }
}
