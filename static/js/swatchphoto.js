/** A photo of a colour, made small in this browser and read by the server, which keeps nothing of it. */

import { say, told } from './words.js';

/** @typedef {import('./wire.js').ShadeMatch} ShadeMatch */

/**
 * @typedef {object} ReadColour
 * @property {string} color `#rrggbb`
 * @property {number} plusMinus
 * @property {boolean} white whether something white in the photo told the light
 * @property {Record<string, ShadeMatch[]>} matches by what the shades are for
 */

/** A colour needs no more pixels than this. */
const SIDE_PX = 640;
const QUALITY = 0.9;

/**
 * @param {Blob} file
 * @param {number} consentVersion of the text that the shopper agreed to
 * @returns {Promise<ReadColour>}
 * @throws {Error} with a sentence
 */
export async function readColour(file, consentVersion) {
  const jpeg = await small(file);
  /** @type {Response} */
  let response;
  try {
    response = await fetch('/api/swatch', {
      method: 'POST',
      body: jpeg,
      headers: { 'Content-Type': 'image/jpeg', 'X-Tryon-Consent': String(consentVersion) },
    });
  } catch {
    throw new Error(say('swatch.silent'));
  }
  const body = await response.json().catch(() => null);
  if (!response.ok || body === null) throw new Error(refusal(body?.error));
  return { color: String(body.color), plusMinus: Number(body.plus_minus), white: body.white === true, matches: body.matches ?? {} };
}

/** @param {{ code?: unknown, sentence?: unknown } | undefined} error */
function refusal(error) {
  const sentence = String(error?.sentence ?? say('swatch.unread'));
  return told(`swatch.${error?.code}`, told(`error.${error?.code}`, sentence));
}

/** @param {Blob} file */
async function small(file) {
  /** @type {ImageBitmap} */
  let picture;
  try {
    picture = await createImageBitmap(file);
  } catch {
    throw new Error(say('swatch.no_picture'));
  }
  const scale = Math.min(1, SIDE_PX / Math.max(picture.width, picture.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const context = canvas.getContext('2d', { alpha: false });
  if (context === null) throw new Error(say('swatch.no_canvas'));
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  /** @type {Blob | null} */
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', QUALITY));
  if (blob === null) throw new Error(say('swatch.not_smaller'));
  return blob;
}
