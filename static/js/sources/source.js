/**
 * Where pictures come from. Camera, sample clip and photo have the same three verbs, so the rest of the page does not
 * know which one runs.
 */

import { say } from '../words.js';

/**
 * @typedef {object} Source
 * @property {'camera' | 'sample' | 'photo'} name
 * @property {boolean} mirrored whether people expect to see it as in a mirror
 * @property {boolean} still one picture that does not change
 * @property {(listener: SourceListener) => Promise<void>} start rejects with a SourceError
 * @property {() => Promise<ImageBitmap | null>} grab the newest picture at its own resolution; the caller closes it
 * @property {() => void} stop idempotent; frees the device
 */

/**
 * @typedef {object} SourceListener
 * @property {(captureMs: number) => void} onPicture a new picture can be grabbed
 * @property {(error: SourceError) => void} onLost the source ended by itself
 */

/**
 * @typedef {'denied' | 'not_delegated' | 'none' | 'in_use' | 'insecure' | 'unsupported' | 'lost' | 'sample' | 'photo' | 'failed'} SourceTrouble
 */

/** Why there is no picture, in words. */
export class SourceError extends Error {
  /** @param {SourceTrouble} trouble */
  constructor(trouble) {
    super(say(`trouble.${trouble}_text`));
    this.name = 'SourceError';
    this.trouble = trouble;
    this.title = say(`trouble.${trouble}`);
  }
}

/**
 * Calls back for every new picture of a playing video, the browser's own capture time with it where it has one.
 * @param {HTMLVideoElement} video
 * @param {(captureMs: number) => void} onPicture
 * @returns {() => void} stops it
 */
export function watchVideo(video, onPicture) {
  let handle = 0;
  if ('requestVideoFrameCallback' in video) {
    /** @type {VideoFrameRequestCallback} */
    const tick = (now, metadata) => {
      handle = video.requestVideoFrameCallback(tick);
      onPicture(metadata.captureTime ?? now);
    };
    handle = video.requestVideoFrameCallback(tick);
    return () => video.cancelVideoFrameCallback(handle);
  }
  let shownS = -1;
  /** @param {number} now */
  const tick = (now) => {
    handle = requestAnimationFrame(tick);
    if (/** @type {HTMLVideoElement} */ (video).currentTime === shownS) return;
    shownS = /** @type {HTMLVideoElement} */ (video).currentTime;
    onPicture(now);
  };
  handle = requestAnimationFrame(tick);
  return () => cancelAnimationFrame(handle);
}

/**
 * @param {HTMLVideoElement} video
 * @returns {Promise<ImageBitmap | null>} null while the video has no picture yet
 */
export async function grabVideo(video) {
  if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || video.videoWidth === 0) return null;
  return createImageBitmap(video);
}

/** @returns {HTMLVideoElement} one that plays without a gesture and is never shown */
export function hiddenVideo() {
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.disablePictureInPicture = true;
  return video;
}
