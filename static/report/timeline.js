/** Between frames, times and the points of a plot; pure. A frame here is its place in the take, from 0. */

export class Timeline {
  #startsMs;
  #points;

  /**
   * @param {readonly number[]} deltas from each frame's time to the next one's, in tenths of a millisecond
   * @param {number} points that a plot has; fewer than the frames where it shows buckets of them
   */
  constructor(deltas, points) {
    let ticks = 0;
    this.#startsMs = Float64Array.from(deltas, (delta) => (ticks += delta) / 10);
    this.#points = points;
  }

  get frames() {
    return this.#startsMs.length;
  }

  get points() {
    return this.#points;
  }

  /** Of the last frame's start; a take of one frame has no length. */
  get lengthMs() {
    return this.startOf(this.frames - 1);
  }

  /** @param {number} frame */
  startOf(frame) {
    return this.#startsMs[this.clamp(frame)] ?? 0;
  }

  /**
   * Safely inside the time for which a video shows the frame, whatever way a player rounds.
   * @param {number} frame
   */
  middleOf(frame) {
    const start = this.startOf(frame);
    const here = this.clamp(frame);
    const length = here + 1 < this.frames ? this.startOf(here + 1) - start : start - this.startOf(here - 1);
    return start + (length > 0 ? length : 1) / 2;
  }

  /**
   * The frame that is shown at that time.
   * @param {number} ms
   */
  frameAt(ms) {
    let low = 0;
    let high = this.frames;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.startOf(middle) <= ms) low = middle;
      else high = middle;
    }
    return low;
  }

  /** @param {number} frame */
  clamp(frame) {
    return Math.max(0, Math.min(this.frames - 1, Math.round(frame)));
  }

  /** @param {number} frame */
  pointOf(frame) {
    // The last bucket whose first frame, floor(b · frames / points), is not behind this one.
    return this.frames === 0 ? 0 : Math.floor(((this.clamp(frame) + 1) * this.#points - 1) / this.frames);
  }

  /** @param {number} point */
  firstOf(point) {
    return Math.floor((point * this.frames) / this.#points);
  }
}
