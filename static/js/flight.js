/**
 * The frames that were sent and not yet answered, with the picture that was kept for each.
 * Whoever takes a picture out of here owns it and closes it; what stays here, this closes.
 */

/**
 * @template {{ close(): void }} Picture
 * @typedef {object} Sent
 * @property {number} sequence
 * @property {number} order of sending; unlike the sequence it never wraps
 * @property {number} sentMs
 * @property {Picture} kept
 */

const SEQUENCE_SPAN = 2 ** 32;

/** @template {{ close(): void }} Picture */
export class Flight {
  /** @type {Map<number, Sent<Picture>>} */
  #sent = new Map();
  #order = 0;
  #lost = 0;

  get size() {
    return this.#sent.size;
  }

  /** Frames whose answer never came. */
  get lost() {
    return this.#lost;
  }

  /**
   * @param {Picture} kept
   * @param {number} nowMs
   * @returns {number} the frame's sequence number
   */
  add(kept, nowMs) {
    const order = this.#order;
    this.#order += 1;
    const sequence = order % SEQUENCE_SPAN;
    this.#sent.set(sequence, { sequence, order, sentMs: nowMs, kept });
    return sequence;
  }

  /**
   * The frame that an answer belongs to; null when it timed out or was never sent.
   * @param {number} sequence
   * @returns {Sent<Picture> | null}
   */
  take(sequence) {
    const sent = this.#sent.get(sequence) ?? null;
    this.#sent.delete(sequence);
    return sent;
  }

  /**
   * The frame gets no picture: free its place.
   * @param {number} sequence
   */
  drop(sequence) {
    this.take(sequence)?.kept.close();
  }

  /**
   * Frees the places of answers that are overdue.
   * @param {number} nowMs
   * @param {number} timeoutMs after which an answer counts as lost
   * @returns {number} how many
   */
  expire(nowMs, timeoutMs) {
    let expired = 0;
    for (const sent of [...this.#sent.values()]) {
      if (nowMs - sent.sentMs < timeoutMs) continue;
      this.drop(sent.sequence);
      expired += 1;
    }
    this.#lost += expired;
    return expired;
  }

  /** Drops everything; sequence numbers go on, so a late answer never meets a new frame. */
  clear() {
    for (const sequence of [...this.#sent.keys()]) this.drop(sequence);
  }
}
