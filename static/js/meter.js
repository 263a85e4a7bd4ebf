/** What the read-out shows, gathered from the way of each frame. Pure: the caller brings the time. */

import { Window } from './measure.js';

/**
 * @typedef {object} Figures
 * @property {number} roundTripMs median, from sending to the answer's arrival
 * @property {number} serverMs median, the server's own part of it
 * @property {number} shownFps
 * @property {number} sourceFps
 * @property {number} sentBytes median
 * @property {number} receivedBytes median
 * @property {string} sentSize
 * @property {string} shownSize
 * @property {number} dropped frames that never got a picture
 */

/** @typedef {{ width: number, height: number }} Size */

export class Meter {
  /** Counted by the server since the connection began. */
  droppedByServer = 0;
  #refused = 0;
  #roundTrip = new Window();
  #server = new Window();
  #shown = new Window();
  #arrived = new Window();
  #sentBytes = new Window();
  #receivedBytes = new Window();
  #sentSize = '';
  #shownSize = '';

  /** @param {number} nowMs */
  arrived(nowMs) {
    this.#arrived.add(nowMs, 1);
  }

  /**
   * @param {number} nowMs
   * @param {number} bytes
   * @param {Size} size
   */
  sent(nowMs, bytes, size) {
    this.#sentBytes.add(nowMs, bytes);
    this.#sentSize = `${size.width}×${size.height}`;
  }

  /**
   * @param {number} nowMs
   * @param {number} roundTripMs
   * @param {number} serverMs
   * @param {number} bytes
   */
  answered(nowMs, roundTripMs, serverMs, bytes) {
    this.#roundTrip.add(nowMs, roundTripMs);
    this.#server.add(nowMs, serverMs);
    this.#receivedBytes.add(nowMs, bytes);
  }

  /**
   * @param {number} nowMs
   * @param {Size} size
   */
  shown(nowMs, size) {
    this.#shown.add(nowMs, 1);
    this.#shownSize = `${size.width}×${size.height}`;
  }

  /** A frame that could not be grabbed or encoded, or an answer that could not be read. */
  refused() {
    this.#refused += 1;
  }

  clear() {
    for (const window of [this.#roundTrip, this.#server, this.#shown, this.#arrived, this.#sentBytes, this.#receivedBytes]) {
      window.clear();
    }
    this.#sentSize = '';
    this.#shownSize = '';
  }

  /**
   * @param {number} nowMs
   * @param {number} lost answers that never came
   * @returns {Figures}
   */
  figures(nowMs, lost) {
    return {
      roundTripMs: this.#roundTrip.median(nowMs),
      serverMs: this.#server.median(nowMs),
      shownFps: this.#shown.rate(nowMs),
      sourceFps: this.#arrived.rate(nowMs),
      sentBytes: this.#sentBytes.median(nowMs),
      receivedBytes: this.#receivedBytes.median(nowMs),
      sentSize: this.#sentSize,
      shownSize: this.#shownSize,
      dropped: this.droppedByServer + lost + this.#refused,
    };
  }
}
