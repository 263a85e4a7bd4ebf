/** How long to wait before the next attempt to connect; time and chance are the caller's. */

const FIRST_MS = 250;
const LONGEST_MS = 8000;

export class Backoff {
  #attempt = 0;
  #random;

  /** @param {() => number} [random] 0 ≤ value < 1 */
  constructor(random = Math.random) {
    this.#random = random;
  }

  get attempt() {
    return this.#attempt;
  }

  /**
   * The next wait in ms: doubles up to a ceiling, and falls at random in the upper half of that span, so that the
   * shoppers of a restarted server do not all come back at the same moment.
   */
  next() {
    const ceiling = Math.min(FIRST_MS * 2 ** this.#attempt, LONGEST_MS);
    this.#attempt += 1;
    return ceiling / 2 + (this.#random() * ceiling) / 2;
  }

  reset() {
    this.#attempt = 0;
  }
}

/**
 * The seconds of a `Retry-After` header, as milliseconds within sane bounds.
 * @param {string | null} header
 * @param {number} fallbackMs
 */
export function retryAfterMs(header, fallbackMs) {
  const seconds = header === null || header.trim() === '' ? NaN : Number(header);
  if (!Number.isFinite(seconds) || seconds < 0) return fallbackMs;
  return Math.min(Math.max(seconds * 1000, 500), 30_000);
}
