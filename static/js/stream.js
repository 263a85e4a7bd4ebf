/**
 * The way of a frame on this side: grab, keep, encode, send; take the answer, draw it over what was kept.
 * Self-clocked: a frame is taken only while fewer than two are on their way, and always the newest, so nothing queues.
 */

import { Encoder, sentSize } from './encoder.js';
import { Flight } from './flight.js';
import { Meter } from './meter.js';
import { MirrorSocket } from './socket.js';
import { parseReply, readMeasure, serializeFrame } from './wire.js';

/** @typedef {import('./look.js').LookItem} LookItem */
/** @typedef {import('./meter.js').Figures} Figures */
/** @typedef {import('./painter.js').Painter} Painter */
/** @typedef {import('./socket.js').SocketState} SocketState */
/** @typedef {import('./sources/source.js').Source} Source */
/** @typedef {import('./wire.js').Measure} Measure */
/** @typedef {import('./sources/source.js').SourceError} SourceError */

/** An answer later than this is lost: its place is freed for a newer frame. A photo may take a cold server longer. */
const LIVE_TIMEOUT_MS = 2000;
const STILL_TIMEOUT_MS = 10_000;
const SWEEP_MS = 250;

/** Cameras are not exact: a frame that comes this much early is still in time for the server's frame rate. */
const EARLY = 0.9;

/**
 * @typedef {object} StreamListener
 * @property {(state: SocketState, sentence: string) => void} onState
 * @property {(hints: string[], faces: number) => void} onHints
 * @property {(shades: Readonly<Record<string, string>>) => void} onShades by sku, of what is worn without a chosen shade: the
 *   one that the shopper's own skin decides
 * @property {(id: number, items: LookItem[]) => void} onLook the server draws this look now
 * @property {(measure: Measure, frame: { width: number, height: number }) => void} onMeasure sizes, and the size of the
 *   frames that were sent, in whose pixels its corners are
 * @property {(code: string, sentence: string, lookId: number | null) => void} onError
 * @property {(error: SourceError) => void} onSourceLost
 * @property {() => void} onShown
 * @property {() => void} onLate an answer did not come in time
 */

export class MirrorStream {
  #painter;
  #listener;
  #socket;
  #encoder = new Encoder();
  /** @type {Flight<ImageBitmap>} */
  #flight = new Flight();
  /** @type {Source | null} */
  #source = null;
  /** Grows when the source changes, so that what was begun for the old one ends unseen. */
  #generation = 0;
  #encoding = false;
  #paused = false;
  #stillPending = false;
  #lastSentMs = -Infinity;
  #lastTMs = -Infinity;
  /** Answers are decoded side by side and may finish out of order: an older one never replaces a newer one. */
  #shownOrder = -1;
  #sweeper = 0;
  #sent = { width: 0, height: 0 };
  #meter = new Meter();

  /**
   * @param {Painter} painter
   * @param {number} consentVersion
   * @param {StreamListener} listener
   */
  constructor(painter, consentVersion, listener) {
    this.#painter = painter;
    this.#listener = listener;
    this.#socket = new MirrorSocket(consentVersion, {
      onState: (state, sentence) => this.#connection(state, sentence),
      onBinary: (buffer) => void this.#answer(buffer),
      onMessage: (message) => this.#control(message),
    });
  }

  /** Hint sentences by code, in the server's words. */
  get hintTexts() {
    return this.#socket.hello?.hintTexts ?? {};
  }

  /**
   * Runs `source` from now on, in place of the one before; rejects with its SourceError when it cannot start.
   * @param {Source} source
   */
  async run(source) {
    this.halt();
    const generation = this.#generation;
    this.#source = source;
    this.#sweeper = window.setInterval(() => this.#sweep(), SWEEP_MS);
    this.#socket.open();
    try {
      await source.start({
        onPicture: (captureMs) => {
          if (generation === this.#generation) this.#offer(captureMs);
        },
        onLost: (error) => {
          if (generation !== this.#generation) return;
          this.halt();
          this.#listener.onSourceLost(error);
        },
      });
    } catch (error) {
      source.stop();
      if (generation === this.#generation) this.halt();
      throw error;
    }
  }

  /** Stops the source and drops every picture; the connection stays. Idempotent. */
  halt() {
    this.#generation += 1;
    clearInterval(this.#sweeper);
    this.#source?.stop();
    this.#source = null;
    this.#flight.clear();
    this.#painter.clear();
    this.#stillPending = false;
    this.#meter.clear();
  }

  /** Ends everything, the connection too. */
  close() {
    this.halt();
    this.#socket.close();
  }

  /**
   * @param {readonly LookItem[]} items
   * @param {readonly (readonly LookItem[])[]} beside other looks beside it, towards the wearer's left
   * @returns {number} the id under which the server answers
   */
  setLook(items, beside) {
    return this.#socket.setLook(items, beside);
  }

  /** @param {'rectangle' | 'whole'} mode */
  setReplyMode(mode) {
    this.#socket.setReplyMode(mode);
  }

  /**
   * @param {import('./wire.js').MeasureMode} mode
   * @param {boolean} [again] forget what was measured before
   */
  setMeasure(mode, again = false) {
    this.#socket.setMeasure(mode, again);
    if (mode === 'off' || this.#source?.still !== true) return;
    this.#stillPending = true; // a photo is answered once; it tells that it is not measured
    this.#sendStill();
  }

  /** Nobody looks: nothing is taken or sent. */
  pause() {
    this.#paused = true;
  }

  resume() {
    this.#paused = false;
    if (this.#source === null) return;
    if (this.#socket.state === 'idle') this.#socket.open();
    this.#sendStill();
  }

  /**
   * @param {number} nowMs
   * @returns {Figures}
   */
  figures(nowMs) {
    return this.#meter.figures(nowMs, this.#flight.lost);
  }

  /** @param {number} captureMs */
  #offer(captureMs) {
    const source = this.#source;
    if (source === null) return;
    const nowMs = performance.now();
    this.#meter.arrived(nowMs);
    if (source.still) {
      this.#stillPending = true;
      this.#sendStill();
    } else if (this.#hasPlace(nowMs)) {
      void this.#take(source, captureMs);
    }
  }

  /** @param {number} nowMs */
  #hasPlace(nowMs) {
    if (this.#paused || this.#encoding) return false;
    if (this.#socket.state === 'idle') this.#socket.open(); // it idled out; here is something to send
    const hello = this.#socket.hello;
    if (this.#socket.state !== 'ready' || hello === null) return true; // the bare camera shows meanwhile
    if (this.#flight.size >= hello.maxInFlight || this.#socket.backlogged) return false;
    return nowMs - this.#lastSentMs >= (EARLY * 1000) / hello.maxFps;
  }

  #sendStill() {
    const source = this.#source;
    if (source === null || !source.still || !this.#stillPending) return;
    if (!this.#hasPlace(performance.now())) return;
    this.#stillPending = this.#socket.state !== 'ready';
    void this.#take(source, performance.now());
  }

  /**
   * @param {Source} source
   * @param {number} captureMs
   */
  async #take(source, captureMs) {
    const generation = this.#generation;
    this.#encoding = true;
    try {
      const kept = await source.grab();
      if (kept === null) return;
      if (generation !== this.#generation) {
        kept.close();
        return;
      }
      await this.#send(kept, source.still, captureMs);
    } catch {
      // The picture could not be grabbed or encoded, as when a device goes away in between. It costs this frame.
      this.#meter.refused();
    } finally {
      this.#encoding = false;
    }
    if (this.#stillPending && this.#socket.state === 'ready') this.#sendStill();
  }

  /**
   * @param {ImageBitmap} kept owned from here on
   * @param {boolean} still
   * @param {number} tMs
   */
  async #send(kept, still, tMs) {
    const hello = this.#socket.hello;
    if (this.#socket.state !== 'ready' || hello === null) {
      if (this.#socket.state === 'idle') kept.close();
      else this.#show({ kept, patch: null, reply: null });
      return;
    }
    const generation = this.#generation;
    /** @type {Uint8Array<ArrayBuffer>} */
    let payload;
    try {
      payload = await this.#encoder.encode(kept, hello);
    } catch (error) {
      kept.close();
      throw error;
    }
    if (generation !== this.#generation || payload.byteLength > hello.maxBytes) {
      kept.close();
      return;
    }
    const nowMs = performance.now();
    const sequence = this.#flight.add(kept, nowMs);
    // Some frames lack a capture time and get the present one; a clock that steps back would start a new scene.
    this.#lastTMs = Math.max(tMs, this.#lastTMs + 1);
    const message = serializeFrame({ still, sequence, tMs: this.#lastTMs, payload });
    if (!this.#socket.sendBinary(message)) {
      this.#flight.drop(sequence);
      return;
    }
    this.#lastSentMs = nowMs;
    this.#meter.sent(nowMs, message.byteLength, sentSize(kept.width, kept.height, hello));
  }

  /** @param {ArrayBuffer} buffer */
  async #answer(buffer) {
    const generation = this.#generation;
    try {
      const reply = parseReply(buffer);
      this.#sent = { width: reply.frameWidth, height: reply.frameHeight };
      const sent = this.#flight.take(reply.sequence);
      if (sent === null) return; // it came too late: its place was freed
      const nowMs = performance.now();
      this.#meter.answered(nowMs, nowMs - sent.sentMs, reply.serverUs / 1000, buffer.byteLength);
      /** @type {ImageBitmap | null} */
      let patch = null;
      try {
        if (reply.kind !== 'unchanged') patch = await createImageBitmap(new Blob([reply.payload], { type: 'image/jpeg' }));
      } catch (error) {
        sent.kept.close();
        throw error;
      }
      if (generation !== this.#generation || sent.order < this.#shownOrder) {
        sent.kept.close();
        patch?.close();
        return;
      }
      this.#shownOrder = sent.order;
      this.#show({ kept: sent.kept, patch, reply });
    } catch {
      this.#meter.refused(); // an answer that cannot be read costs that frame
    }
    this.#sendStill();
  }

  /** @param {import('./painter.js').Moment} moment */
  #show(moment) {
    this.#painter.show(moment);
    this.#meter.shown(performance.now(), moment.kept);
    this.#listener.onShown();
  }

  #sweep() {
    const still = this.#source?.still === true;
    const expired = this.#flight.expire(performance.now(), still ? STILL_TIMEOUT_MS : LIVE_TIMEOUT_MS);
    if (expired > 0) {
      if (still) this.#stillPending = true;
      this.#listener.onLate();
    }
    this.#sendStill();
  }

  /** @param {Record<string, unknown>} message */
  #control(message) {
    const type = message['type'];
    if (type === 'dropped' && typeof message['sequence'] === 'number') {
      this.#flight.drop(message['sequence']);
      this.#sendStill();
    } else if (type === 'status') {
      if (typeof message['dropped'] === 'number') this.#meter.droppedByServer = message['dropped'];
      const hints = Array.isArray(message['hints']) ? message['hints'] : [];
      const faces = typeof message['faces'] === 'number' ? message['faces'] : 0;
      this.#listener.onHints(hints.filter((hint) => typeof hint === 'string'), faces);
      this.#listener.onShades(readShades(message['shades']));
    } else if (type === 'look' && message['id'] === this.#socket.lookId) {
      // A photo is sent again only now: a frame that overtakes a loading product would show the old look.
      if (this.#source?.still === true) this.#stillPending = true;
      this.#listener.onLook(this.#socket.lookId, /** @type {LookItem[]} */ (message['items'] ?? []));
      this.#sendStill();
    } else if (type === 'measure') {
      const measure = readMeasure(message);
      if (measure !== null) this.#listener.onMeasure(measure, this.#sent);
    } else if (type === 'error') {
      if (typeof message['sequence'] === 'number') this.#flight.drop(message['sequence']);
      const lookId = typeof message['id'] === 'number' ? message['id'] : null;
      this.#listener.onError(String(message['code'] ?? ''), String(message['sentence'] ?? ''), lookId);
    }
  }

  /**
   * @param {SocketState} state
   * @param {string} sentence
   */
  #connection(state, sentence) {
    if (state !== 'ready') {
      this.#flight.clear();
      }
    if (state === 'ready') this.#meter.droppedByServer = 0;
    this.#listener.onState(state, sentence);
  }
}

/**
 * @param {unknown} told
 * @returns {Record<string, string>}
 */
function readShades(told) {
  if (typeof told !== 'object' || told === null) return {};
  return Object.fromEntries(Object.entries(told).filter(([, shade]) => typeof shade === 'string'));
}
