/** The shopper's camera. */

import { say } from '../words.js';
import { grabVideo, hiddenVideo, SourceError, watchVideo } from './source.js';

/** @typedef {import('./source.js').Source} Source */
/** @typedef {import('./source.js').SourceListener} SourceListener */

/** What getUserMedia's error names mean to a person. */
/** @type {Readonly<Record<string, import('./source.js').SourceTrouble>>} */
const TROUBLES = Object.freeze({
  NotAllowedError: 'denied',
  SecurityError: 'denied',
  NotFoundError: 'none',
  DevicesNotFoundError: 'none',
  NotReadableError: 'in_use',
  TrackStartError: 'in_use',
  AbortError: 'in_use',
});

/** @implements {Source} */
export class Camera {
  /** @type {'camera'} */
  name = 'camera';
  mirrored = true;
  still = false;
  #video = hiddenVideo();
  /** @type {MediaStream | null} */
  #stream = null;
  /** @type {() => void} */
  #unwatch = () => undefined;
  #stopped = false;
  #deviceId;

  /** @param {string | null} deviceId null: the one that looks at the shopper */
  constructor(deviceId) {
    this.#deviceId = deviceId;
  }

  /** The device that runs, or null. */
  get deviceId() {
    return this.#stream?.getVideoTracks()[0]?.getSettings().deviceId ?? null;
  }

  /** @param {SourceListener} listener */
  async start(listener) {
    const stream = await this.#open();
    if (this.#stopped) {
      stopTracks(stream);
      return;
    }
    this.#stream = stream;
    for (const track of stream.getVideoTracks()) {
      track.addEventListener('ended', () => {
        if (!this.#stopped) listener.onLost(new SourceError('lost'));
      });
    }
    this.#video.srcObject = stream;
    try {
      await this.#video.play();
    } catch {
      if (this.#stopped) return;
      throw new SourceError('failed');
    }
    if (!this.#stopped) this.#unwatch = watchVideo(this.#video, listener.onPicture);
  }

  async grab() {
    return this.#stopped ? null : grabVideo(this.#video);
  }

  stop() {
    this.#stopped = true;
    this.#unwatch();
    if (this.#stream !== null) stopTracks(this.#stream);
    this.#stream = null;
    this.#video.srcObject = null;
  }

  /** @returns {Promise<MediaStream>} */
  async #open() {
    if (!window.isSecureContext) throw new SourceError('insecure');
    // Browsers inside other apps may lack the whole interface.
    const devices = /** @type {MediaDevices | undefined} */ (navigator.mediaDevices);
    if (devices?.getUserMedia === undefined) throw new SourceError('unsupported');
    const which = this.#deviceId === null ? { facingMode: 'user' } : { deviceId: { exact: this.#deviceId } };
    const video = { ...which, width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
    try {
      return await devices.getUserMedia({ video, audio: false });
    } catch (error) {
      if (error instanceof DOMException && error.name === 'OverconstrainedError') {
        if (this.#deviceId === null) throw new SourceError('none');
        this.#deviceId = null; // the chosen camera is gone: any camera is better than none
        return this.#open();
      }
      if (window.parent !== window && !mayUseCamera()) throw new SourceError('not_delegated');
      throw new SourceError((error instanceof Error ? TROUBLES[error.name] : undefined) ?? 'failed');
    }
  }
}

/** Whether the pages around this one let it ask for the camera, where the browser tells. */
function mayUseCamera() {
  const policy = /** @type {{ featurePolicy?: { allowsFeature: (name: string) => boolean } }} */ (document).featurePolicy;
  return policy?.allowsFeature('camera') ?? true;
}

/** @param {MediaStream} stream */
function stopTracks(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/**
 * The cameras by name; only after permission do browsers tell the names.
 * @returns {Promise<{ id: string, label: string }[]>}
 */
export async function listCameras() {
  const devices = /** @type {MediaDevices | undefined} */ (navigator.mediaDevices);
  if (devices?.enumerateDevices === undefined) return [];
  const all = await devices.enumerateDevices();
  return all
    .filter((device) => device.kind === 'videoinput' && device.deviceId !== '')
    .map((device, index) => ({ id: device.deviceId, label: device.label || say('mirror.camera_number', { number: index + 1 }) }));
}
