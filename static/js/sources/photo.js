/** One photo, chosen, dropped or pasted. It never leaves through an upload form: it goes the way of a frame. */

import { SourceError } from './source.js';

/** @typedef {import('./source.js').Source} Source */
/** @typedef {import('./source.js').SourceListener} SourceListener */

/** Larger photos are scaled down when read: beyond this no screen shows a difference, and phones run out of memory. */
const LONG_SIDE_PX = 1600;

/** @implements {Source} */
export class Photo {
  /** @type {'photo'} */
  name = 'photo';
  mirrored = false; // a photo shows how others see you; nobody expects their own photo reversed
  still = true;
  #file;
  /** @type {ImageBitmap | null} */
  #picture = null;
  #stopped = false;

  /** @param {Blob} file */
  constructor(file) {
    this.#file = file;
  }

  /** @param {SourceListener} listener */
  async start(listener) {
    const picture = await readUpright(this.#file);
    if (this.#stopped) {
      picture.close();
      return;
    }
    this.#picture = picture;
    listener.onPicture(performance.now());
  }

  async grab() {
    return this.#picture === null ? null : createImageBitmap(this.#picture);
  }

  stop() {
    this.#stopped = true;
    this.#picture?.close();
    this.#picture = null;
  }
}

/**
 * The photo as the photographer held the camera, at a bounded size. What the file says beside its pixels (place, time,
 * device) ends here: only pixels are encoded again and sent.
 * @param {Blob} file
 * @returns {Promise<ImageBitmap>}
 */
async function readUpright(file) {
  /** @type {ImageBitmap} */
  let whole;
  try {
    whole = await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch {
    throw new SourceError('photo');
  }
  const scale = LONG_SIDE_PX / Math.max(whole.width, whole.height);
  if (scale >= 1) return whole;
  try {
    return await createImageBitmap(whole, {
      resizeWidth: Math.round(whole.width * scale),
      resizeHeight: Math.round(whole.height * scale),
      resizeQuality: 'high',
    });
  } finally {
    whole.close();
  }
}

/**
 * The first picture of a drop or a paste, or null.
 * @param {DataTransfer | null} transfer
 * @returns {File | null}
 */
export function pictureIn(transfer) {
  return [...(transfer?.files ?? [])].find((file) => file.type.startsWith('image/')) ?? null;
}
