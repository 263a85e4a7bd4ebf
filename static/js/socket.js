/**
 * The connection to the server: hello, consent, look, and back again by itself after a loss. It knows no pictures;
 * what a frame is, stream.js knows.
 */

import { Backoff, retryAfterMs } from './backoff.js';
import { number, told } from './words.js';

/** @typedef {import('./look.js').LookItem} LookItem */

/**
 * @typedef {object} Hello
 * @property {number} consentVersion
 * @property {number} maxInFlight
 * @property {number} maxWidth
 * @property {number} maxHeight
 * @property {number} maxBytes
 * @property {number} maxFps
 * @property {Readonly<Record<string, string>>} hintTexts
 */

/**
 * idle: not wanted or asleep. busy: the server answers and asks to wait. refused: only a reload helps.
 * @typedef {'idle' | 'connecting' | 'ready' | 'waiting' | 'busy' | 'stale_consent' | 'refused'} SocketState
 */

/**
 * @typedef {object} SocketListener
 * @property {(state: SocketState, sentence: string) => void} onState the sentence says why, or is empty
 * @property {(buffer: ArrayBuffer) => void} onBinary
 * @property {(message: Record<string, unknown>) => void} onMessage control messages that are not the socket's own
 */

const HELLO_TIMEOUT_MS = 5000;
const BUSY_WAIT_MS = 3000;

/** About one frame. */
const BACKLOG_BYTES = 64 * 1024;

const CLOSE_PROTOCOL = 1008;
const CLOSE_BUSY = 1013;

export class MirrorSocket {
  #listener;
  #consentVersion;
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {SocketState} */
  #state = 'idle';
  /** @type {Hello | null} */
  #hello = null;
  #backoff = new Backoff();
  #timer = 0;
  #wanted = false;
  /** @type {readonly LookItem[]} */
  #items = [];
  /** @type {readonly (readonly LookItem[])[]} */
  #beside = [];
  #lookId = 0;
  /** @type {'rectangle' | 'whole' | null} */
  #replyMode = null;
  /** @type {import('./wire.js').MeasureMode} */
  #measureMode = 'off';
  /** Set by the server's `bye`: a socket that idled out is opened again only when there is something to send. */
  #idledOut = false;

  /**
   * @param {number} consentVersion of the text that this page showed
   * @param {SocketListener} listener
   */
  constructor(consentVersion, listener) {
    this.#consentVersion = consentVersion;
    this.#listener = listener;
  }

  get state() {
    return this.#state;
  }

  /** Whether what was sent last still waits in this browser: the line is slower than the camera. */
  get backlogged() {
    return (this.#socket?.bufferedAmount ?? 0) > BACKLOG_BYTES;
  }

  /** What the server said of itself; null until it did. */
  get hello() {
    return this.#hello;
  }

  get lookId() {
    return this.#lookId;
  }

  /** Connects, and stays connected, until `close`. Call only after the shopper agreed. */
  open() {
    this.#wanted = true;
    if (this.#state === 'idle') this.#connect();
  }

  /** Says goodbye and forgets; idempotent. */
  close() {
    this.#wanted = false;
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#detach();
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: 'bye' }));
    socket?.close(1000);
    this.#enter('idle');
  }

  /**
   * The look that the server draws, now and after every reconnection.
   * @param {readonly LookItem[]} items
   * @param {readonly (readonly LookItem[])[]} beside other looks beside it, towards the wearer's left
   * @returns {number} the id that the server's answer echoes
   */
  setLook(items, beside) {
    this.#items = items;
    this.#beside = beside;
    this.#lookId += 1;
    if (this.#state === 'ready') this.#sendLook();
    else if (this.#wanted && this.#state === 'idle') this.#connect();
    return this.#lookId;
  }

  /** @param {'rectangle' | 'whole'} mode */
  setReplyMode(mode) {
    this.#replyMode = mode;
    if (this.#state === 'ready') this.#sendText({ type: 'reply', mode });
  }

  /**
   * Whether and how sizes are measured, now and after every reconnection.
   * @param {import('./wire.js').MeasureMode} mode
   * @param {boolean} again forget what was measured before
   */
  setMeasure(mode, again) {
    this.#measureMode = mode;
    if (this.#state === 'ready') this.#sendText(again ? { type: 'measure', mode, again } : { type: 'measure', mode });
  }

  /**
   * @param {ArrayBuffer} message
   * @returns {boolean} whether it went out
   */
  sendBinary(message) {
    if (this.#state !== 'ready' || this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(message);
    return true;
  }

  #connect() {
    clearTimeout(this.#timer);
    this.#idledOut = false;
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const socket = new WebSocket(`${scheme}://${location.host}/ws/mirror`);
    socket.binaryType = 'arraybuffer';
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = (event) => void this.#closed(event.code);
    this.#socket = socket;
    this.#timer = window.setTimeout(() => {
      this.#detach();
      socket.close();
      void this.#closed(0);
    }, HELLO_TIMEOUT_MS);
    this.#enter('connecting');
  }

  /** @param {unknown} data */
  #receive(data) {
    if (data instanceof ArrayBuffer) {
      this.#listener.onBinary(data);
      return;
    }
    const message = readObject(data);
    if (message === null) return; // not ours to repair: the server's next message stands by itself
    if (message['type'] === 'hello') this.#greet(readHello(message));
    else if (message['type'] === 'ready') this.#begin();
    else if (message['type'] === 'bye') this.#idledOut = message['reason'] === 'idle';
    else this.#listener.onMessage(message);
  }

  /** @param {Hello} hello */
  #greet(hello) {
    clearTimeout(this.#timer);
    this.#hello = hello;
    if (hello.consentVersion !== this.#consentVersion) {
      // The shopper agreed to a text that is no longer the server's. Agreeing in their name is not ours to do.
      const socket = this.#socket;
      this.#detach();
      socket?.close(1000);
      this.#enter('stale_consent');
      return;
    }
    this.#sendText({ type: 'consent', version: hello.consentVersion, accepted: true });
  }

  #begin() {
    this.#backoff.reset();
    if (this.#replyMode !== null) this.#sendText({ type: 'reply', mode: this.#replyMode });
    if (this.#measureMode !== 'off') this.#sendText({ type: 'measure', mode: this.#measureMode });
    this.#sendLook();
    this.#enter('ready');
  }

  #sendLook() {
    const look = { type: 'look', id: this.#lookId, items: this.#items };
    this.#sendText(this.#beside.length > 0 ? { ...look, beside: this.#beside } : look);
  }

  /** @param {object} message */
  #sendText(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  /** @param {number} code */
  async #closed(code) {
    clearTimeout(this.#timer);
    this.#detach();
    if (!this.#wanted) return;
    if (code === CLOSE_PROTOCOL) {
      this.#enter('refused');
    } else if (this.#idledOut) {
      this.#enter('idle');
    } else {
      this.#enter('waiting');
      await this.#waitUntilServed(code);
    }
  }

  /**
   * A refusal before the upgrade looks to a page like any lost connection, so `/readyz` tells which it was: 503 with
   * `Retry-After` is a busy server, no answer is a server that is away.
   * @param {number} code
   */
  async #waitUntilServed(code) {
    const busy = (await askReadiness()) ?? (code === CLOSE_BUSY ? { waitMs: BUSY_WAIT_MS, sentence: '' } : null);
    if (!this.#wanted || this.#socket !== null) return;
    if (busy === null) {
      this.#enter('waiting');
      this.#timer = window.setTimeout(() => this.#connect(), this.#backoff.next());
    } else {
      this.#waitWhileBusy(busy);
    }
  }

  /** @param {Busy} busy */
  #waitWhileBusy(busy) {
    this.#enter('busy', busy.sentence);
    this.#timer = window.setTimeout(() => void this.#whenFree(), busy.waitMs);
  }

  async #whenFree() {
    const busy = await askReadiness();
    if (!this.#wanted || this.#socket !== null) return;
    if (busy === null) this.#connect();
    else this.#waitWhileBusy(busy);
  }

  #detach() {
    if (this.#socket !== null) {
      this.#socket.onmessage = null;
      this.#socket.onclose = null;
    }
    this.#socket = null;
  }

  /**
   * @param {SocketState} state
   * @param {string} [sentence]
   */
  #enter(state, sentence = '') {
    this.#state = state;
    this.#listener.onState(state, sentence);
  }
}

/** @typedef {{ waitMs: number, sentence: string }} Busy */

/** @returns {Promise<Busy | null>} how long the server asks to wait, and why in words; null when it does not ask */
async function askReadiness() {
  try {
    const response = await fetch('/readyz', { cache: 'no-store' });
    if (response.status !== 503) return null;
    const waitMs = retryAfterMs(response.headers.get('Retry-After'), BUSY_WAIT_MS);
    const body = readObject(await response.text())?.['error'];
    const { code, sentence, fraction } = /** @type {Record<string, unknown>} */ (body ?? {});
    const own = typeof sentence === 'string' ? sentence : '';
    return { waitMs, sentence: told(`error.${code}`, own, { percent: number(100 * Number(fraction ?? 0)) }) };
  } catch {
    return null;
  }
}

/**
 * @param {unknown} data
 * @returns {Record<string, unknown> | null}
 */
function readObject(data) {
  if (typeof data !== 'string') return null;
  try {
    const value = /** @type {unknown} */ (JSON.parse(data));
    return typeof value === 'object' && value !== null ? /** @type {Record<string, unknown>} */ (value) : null;
  } catch {
    return null;
  }
}

/**
 * @param {Record<string, unknown>} message
 * @returns {Hello}
 */
function readHello(message) {
  /** @param {string} name @param {number} fallback */
  const number = (name, fallback) => {
    const value = message[name];
    return typeof value === 'number' && value > 0 ? value : fallback;
  };
  const texts = message['hint_texts'];
  return {
    consentVersion: number('consent_version', 0),
    maxInFlight: number('max_in_flight', 2),
    maxWidth: number('max_width', 1280),
    maxHeight: number('max_height', 1280),
    maxBytes: number('max_bytes', 512 * 1024),
    maxFps: number('max_fps', 60),
    hintTexts: typeof texts === 'object' && texts !== null ? /** @type {Record<string, string>} */ (texts) : {},
  };
}
