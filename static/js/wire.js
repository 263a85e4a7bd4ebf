/**
 * The mirror's socket as plain values: what docs/protocol.md says, without any I/O.
 * tests/vectors/wire.json holds the vectors that the server's tryon/wire is tested against too.
 */

export const VERSION = 1;
export const UP_HEADER_BYTES = 16;
export const DOWN_HEADER_BYTES = 32;

export const KIND_FRAME = 1;
export const KIND_WHOLE = 2;
export const KIND_RECTANGLE = 3;
export const KIND_UNCHANGED = 4;

/** Flag bit 0 of a frame: one photo, not a moment of a video. */
export const FLAG_STILL = 1;

/**
 * @typedef {object} FrameUp
 * @property {boolean} still
 * @property {number} sequence unsigned, 32 bits
 * @property {number} tMs capture time on this page's monotonic clock
 * @property {Uint8Array<ArrayBuffer>} payload a JPEG
 */

/**
 * @typedef {object} Reply
 * @property {'whole' | 'rectangle' | 'unchanged'} kind
 * @property {number} sequence
 * @property {number} tMs
 * @property {number} x left edge of the payload, in pixels of the frame that was sent
 * @property {number} y
 * @property {number} width
 * @property {number} height
 * @property {number} frameWidth
 * @property {number} frameHeight
 * @property {number} serverUs
 * @property {Uint8Array<ArrayBuffer>} payload a JPEG; empty when unchanged
 */

/** A message that breaks the protocol. `code` is stable, the message is a sentence. */
export class WireError extends Error {
  /**
   * @param {'too_short' | 'wrong_version' | 'wrong_kind' | 'wrong_flags' | 'wrong_rectangle' | 'wrong_payload' | 'wrong_time'} code
   * @param {string} sentence
   */
  constructor(code, sentence) {
    super(sentence);
    this.name = 'WireError';
    this.code = code;
  }
}

/** @type {Readonly<Record<number, Reply['kind']>>} */
const REPLY_KINDS = Object.freeze({
  [KIND_WHOLE]: 'whole',
  [KIND_RECTANGLE]: 'rectangle',
  [KIND_UNCHANGED]: 'unchanged',
});

/**
 * The bytes of one frame to the server.
 * @param {FrameUp} frame
 * @returns {ArrayBuffer}
 */
export function serializeFrame(frame) {
  const bytes = new Uint8Array(UP_HEADER_BYTES + frame.payload.byteLength);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, VERSION);
  view.setUint8(1, KIND_FRAME);
  view.setUint16(2, frame.still ? FLAG_STILL : 0, true);
  view.setUint32(4, frame.sequence >>> 0, true);
  view.setFloat64(8, frame.tMs, true);
  bytes.set(frame.payload, UP_HEADER_BYTES);
  return bytes.buffer;
}

/**
 * One answer of the server. The payload is a view into `buffer`, not a copy.
 * @param {ArrayBuffer} buffer
 * @returns {Reply}
 * @throws {WireError}
 */
export function parseReply(buffer) {
  if (buffer.byteLength < DOWN_HEADER_BYTES) {
    throw new WireError('too_short', `An answer has a header of ${DOWN_HEADER_BYTES} bytes; this one has ${buffer.byteLength}.`);
  }
  const view = new DataView(buffer);
  const version = view.getUint8(0);
  if (version !== VERSION) {
    throw new WireError('wrong_version', `This page speaks version ${VERSION}; the server answered in version ${version}.`);
  }
  const kind = REPLY_KINDS[view.getUint8(1)];
  if (kind === undefined) {
    throw new WireError('wrong_kind', `An answer of kind ${view.getUint8(1)} is unknown to this page.`);
  }
  const flags = view.getUint16(2, true);
  if (flags !== 0) throw new WireError('wrong_flags', `An answer has no flags; this one has ${flags}.`);
  /** @type {Reply} */
  const reply = {
    kind,
    sequence: view.getUint32(4, true),
    tMs: view.getFloat64(8, true),
    x: view.getUint16(16, true),
    y: view.getUint16(18, true),
    width: view.getUint16(20, true),
    height: view.getUint16(22, true),
    frameWidth: view.getUint16(24, true),
    frameHeight: view.getUint16(26, true),
    serverUs: view.getUint32(28, true),
    payload: new Uint8Array(buffer, DOWN_HEADER_BYTES),
  };
  checkReply(reply);
  return reply;
}

/** @param {Reply} reply */
function checkReply(reply) {
  if (!Number.isFinite(reply.tMs)) throw new WireError('wrong_time', 'The time of an answer is a finite number.');
  if (reply.kind === 'unchanged') {
    if (reply.payload.byteLength > 0) throw new WireError('wrong_payload', 'An unchanged answer carries no picture.');
    return;
  }
  if (reply.payload.byteLength === 0) throw new WireError('wrong_payload', `An answer of kind ${reply.kind} carries a picture.`);
  const inside = reply.x + reply.width <= reply.frameWidth && reply.y + reply.height <= reply.frameHeight;
  if (reply.width === 0 || reply.height === 0 || !inside) {
    throw new WireError(
      'wrong_rectangle',
      `The rectangle ${reply.width}×${reply.height} at ${reply.x}, ${reply.y} is not inside a frame of ${reply.frameWidth}×${reply.frameHeight}.`,
    );
  }
}

/** @typedef {{ mm: number, plusMinusMm: number, source: string }} Size */
/** @typedef {'pupils' | 'pupils_far' | 'face' | 'nose' | 'height' | 'ear'} SizeName */
/** @typedef {'iris' | 'card' | 'skin' | 'paper' | 'off'} MeasureMode */
/** @typedef {{ aspect: string, verdict: 'fits' | 'too_small' | 'too_large', sure: boolean, sentence: string, values: Readonly<Record<string, number>> }} FitAspect `values`: the sentence's numbers */

/**
 * @typedef {object} Measure
 * @property {MeasureMode} mode
 * @property {string} state its sentence is among the hints' texts
 * @property {number} done of `needed` frames
 * @property {number} needed
 * @property {Readonly<Record<SizeName, Size>> | null} sizes
 * @property {{ sku: string, frameMm: number | null, advice: FitAspect[] } | null} fit of the eyewear that is worn
 * @property {[number, number][] | null} corners of the card or the paper, in pixels of the frame that was sent
 * @property {Tone | null} tone
 */

/** @typedef {[number, number, number]} Lab */
/** @typedef {{ sku: string, shade: string, de00: number }} ShadeMatch */
/** @typedef {{ sku: string, shade: string, role: 'everyday' | 'polished' | 'statement', reason: string, why: LipReason | null }} LipAdvice */
/**
 * What a reason says, in codes.
 * @typedef {object} LipReason
 * @property {'cool' | 'neutral' | 'warm'} tone of the lipstick
 * @property {'colour' | 'nude'} kind
 * @property {'same' | 'near' | 'against'} harmony with the skin's undertone
 * @property {'cool' | 'neutral' | 'warm'} undertone of the skin
 * @property {'soft' | 'clear' | 'strong'} contrast
 * @property {'darker' | 'lighter' | 'as_light'} light against the skin
 */
/** @typedef {{ name: string, confidence: number, lightest: string, darkest: string }} ToneClass */

/**
 * The wearer's colours; each ± is two standard deviations.
 * @typedef {object} Tone
 * @property {Lab} lab
 * @property {Lab} plusMinus
 * @property {string} color `#rrggbb`
 * @property {number} itaDeg
 * @property {number} itaPlusMinusDeg
 * @property {ToneClass} monk
 * @property {ToneClass} fitzpatrick
 * @property {'cool' | 'neutral' | 'warm'} undertone
 * @property {number} undertoneConfidence
 * @property {Lab} lipsLab
 * @property {string} lipsColor
 * @property {{ red: number, blue: number, plusMinus: number, word: 'warm' | 'neutral' | 'cold', source: string }} light
 * @property {ShadeMatch[]} foundations the three nearest shades of each, the best product first
 * @property {LipAdvice[]} lipsticks
 * @property {ShadeMatch[]} likeLips
 */

const COLOR = /^#[0-9a-f]{6}$/;

/** @type {readonly MeasureMode[]} */
const MODES = Object.freeze(['iris', 'card', 'skin', 'paper']);

/** @type {readonly SizeName[]} */
const SIZE_NAMES = Object.freeze(['pupils', 'pupils_far', 'face', 'nose', 'height', 'ear']);

/**
 * The server's `measure` message.
 * @param {Record<string, unknown>} message
 * @returns {Measure | null} null for what this page does not understand
 */
export function readMeasure(message) {
  const { state, done, needed, sizes, fit, corners, tone } = message;
  const mode = MODES.find((known) => known === message['mode']);
  if (mode === undefined || typeof state !== 'string') return null;
  if (typeof done !== 'number' || typeof needed !== 'number') return null;
  const read = sizes === undefined ? null : readSizes(/** @type {Record<string, Record<string, unknown>>} */ (sizes));
  const colours = tone === undefined ? null : readTone(/** @type {Record<string, any>} */ (tone));
  if (read === undefined || colours === undefined) return null;
  return {
    mode,
    state,
    done,
    needed,
    sizes: read,
    fit: fit === undefined ? null : readFit(/** @type {Record<string, unknown>} */ (fit)),
    corners: Array.isArray(corners) ? corners.map(([x, y]) => [Number(x), Number(y)]) : null,
    tone: colours,
  };
}

/**
 * @param {Record<string, any>} tone
 * @returns {Tone | undefined}
 */
function readTone(tone) {
  const { lab, plus_minus: plusMinus, color, monk, fitzpatrick, light, lips_lab: lipsLab } = tone;
  const known = [lab, plusMinus, lipsLab].every((each) => Array.isArray(each) && each.length === 3) && COLOR.test(color);
  if (!known || monk === undefined || fitzpatrick === undefined || light === undefined) return undefined;
  const { red, blue, plus_minus: lightPlusMinus, word, source } = light;
  return {
    lab,
    plusMinus,
    color,
    itaDeg: Number(tone['ita_deg']),
    itaPlusMinusDeg: Number(tone['ita_plus_minus_deg']),
    monk,
    fitzpatrick,
    undertone: tone['undertone'],
    undertoneConfidence: Number(tone['undertone_confidence']),
    lipsLab,
    lipsColor: String(tone['lips_color']),
    light: { red, blue, plusMinus: lightPlusMinus, word, source },
    foundations: tone['foundations'] ?? [],
    lipsticks: (tone['lipsticks'] ?? []).map((/** @type {LipAdvice} */ advice) => ({ ...advice, why: advice.why ?? null })),
    likeLips: tone['like_lips'] ?? [],
  };
}

/**
 * @param {Record<string, Record<string, unknown>>} sizes
 * @returns {Record<SizeName, Size> | undefined}
 */
function readSizes(sizes) {
  const read = /** @type {Record<SizeName, Size>} */ ({});
  for (const name of SIZE_NAMES) {
    const { mm, plus_minus_mm: plusMinusMm, source } = sizes[name] ?? {};
    if (typeof mm !== 'number' || typeof plusMinusMm !== 'number' || typeof source !== 'string') return undefined;
    read[name] = { mm, plusMinusMm, source };
  }
  return read;
}

/** @param {Record<string, unknown>} fit */
function readFit(fit) {
  const told = Array.isArray(fit['advice']) ? /** @type {FitAspect[]} */ (fit['advice']) : [];
  const advice = told.map((aspect) => ({ ...aspect, values: aspect.values ?? {} }));
  const width = fit['frame_mm'];
  return { sku: String(fit['sku']), frameMm: typeof width === 'number' ? width : null, advice };
}
