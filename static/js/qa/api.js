/** What the page asks of the server. Every refusal comes with a sentence. */

/**
 * @typedef {object} Probe
 * @property {number} width_px
 * @property {number} height_px
 * @property {number | null} fps
 * @property {number | null} frames
 * @property {number | null} duration_ms
 * @property {string | null} warning
 */

/**
 * @typedef {object} Clip
 * @property {string} id
 * @property {string} name
 * @property {'upload' | 'recording'} kind
 * @property {number} bytes
 * @property {Probe} probe
 * @property {number} made_ms
 * @property {number} expires_ms
 * @property {string} content the same for the same bytes
 */

/**
 * @typedef {object} Progress
 * @property {'warming' | 'take' | 'comparing' | 'report'} step
 * @property {number} fraction
 * @property {number} take
 * @property {number} takes
 * @property {string} look
 * @property {number} frames
 * @property {number | null} frames_all
 * @property {number | null} fps
 * @property {number | null} eta_s
 */

/**
 * @typedef {object} TakeTold
 * @property {string} look
 * @property {number} frames
 * @property {string | null} error
 * @property {string | null} warning
 * @property {[string, string][]} figures
 */

/**
 * @typedef {object} Outcome
 * @property {TakeTold[]} takes
 * @property {string | null} baseline
 * @property {number} wall_s
 */

/** @typedef {'waiting' | 'running' | 'measured' | 'passed' | 'gates_failed' | 'failed' | 'cancelled' | 'interrupted'} StateName */

/**
 * @typedef {object} Run
 * @property {string} id
 * @property {string} clip
 * @property {string[]} looks
 * @property {'none' | 'default' | 'own'} gates
 * @property {string | null} baseline
 * @property {number} made_ms
 * @property {number} turn
 * @property {boolean} compare_only
 * @property {{ name: StateName, since_ms: number, sentence: string }} state
 * @property {Outcome | null} outcome
 * @property {Progress | null} progress
 */

/**
 * @typedef {object} Baseline
 * @property {string} id
 * @property {string} name
 * @property {string} clip
 * @property {string[]} looks
 * @property {string} version
 * @property {number} made_ms
 */

/**
 * @typedef {object} Expired
 * @property {string} id
 * @property {string} name
 * @property {string[]} looks
 * @property {number} expired_ms
 */

/**
 * @typedef {object} Limits
 * @property {number} clip_bytes
 * @property {number} total_bytes
 * @property {number} looks
 * @property {number} days
 * @property {boolean} recording
 * @property {number} recording_hours
 * @property {number} recording_s
 * @property {number} run_minutes
 */

/**
 * @typedef {object} State
 * @property {number} now_ms
 * @property {Clip[]} clips
 * @property {Run[]} runs
 * @property {Baseline[]} baselines
 * @property {Expired[]} expired
 * @property {number} used_bytes
 * @property {Limits} limits
 */

/** @typedef {import('../look.js').LookItem} LookItem */

const HEADERS = Object.freeze({ 'X-Tryon-QA': '1' });
const UNREACHABLE = 'The server does not answer. Is it still running?';

/** Something that the server refused, or that did not reach it. */
export class Refused extends Error {
  /**
   * @param {string} sentence
   * @param {string} code
   */
  constructor(sentence, code) {
    super(sentence);
    this.code = code;
  }
}

/**
 * The refusal in an error's body.
 * @param {string} text
 * @param {number} status
 */
export function refusedBy(text, status) {
  try {
    const { code, sentence } = JSON.parse(text).error;
    return new Refused(String(sentence), String(code));
  } catch {
    return new Refused(status === 0 ? UNREACHABLE : `The server answered with status ${status}.`, 'unknown');
  }
}

/**
 * @param {string} path below /api/qa/
 * @param {string} method
 * @param {unknown} [body]
 * @returns {Promise<any>} null where the answer has no body
 */
async function ask(path, method, body) {
  /** @type {Response} */
  let response;
  try {
    response = await fetch(`/api/qa/${path}`, {
      method,
      headers: method === 'GET' ? {} : HEADERS,
      body: body === undefined ? null : JSON.stringify(body),
    });
  } catch {
    throw new Refused(UNREACHABLE, 'unreachable');
  }
  if (!response.ok) throw refusedBy(await response.text(), response.status);
  return response.status === 204 ? null : response.json();
}

/** @returns {Promise<State>} */
export const loadState = () => ask('state', 'GET');

/**
 * @param {{ clip: string, looks: LookItem[][], gates: string, own_gates: string, baseline: string | null }} wish
 * @returns {Promise<{ run: Run }>}
 */
export const submit = (wish) => ask('runs', 'POST', wish);

/** @param {string} id */
export const cancelRun = (id) => ask(`runs/${id}/cancel`, 'POST');

/** @param {string} id */
export const runAgain = (id) => ask(`runs/${id}/again`, 'POST');

/** @param {string} id */
export const deleteRun = (id) => ask(`runs/${id}`, 'DELETE');

/**
 * @param {string} id
 * @param {string} name
 */
export const saveBaseline = (id, name) => ask(`runs/${id}/baseline`, 'POST', { name });

/**
 * @param {string} id
 * @param {string} baseline
 */
export const compareRun = (id, baseline) => ask(`runs/${id}/compare`, 'POST', { baseline });

/** @param {string} id */
export const deleteBaseline = (id) => ask(`baselines/${id}`, 'DELETE');

/** @param {string} id */
export const deleteClip = (id) => ask(`clips/${id}`, 'DELETE');

/** @param {string} id */
export const extendClip = (id) => ask(`clips/${id}/extend`, 'POST');

/**
 * Sends a clip; `onProgress` gets the fraction that is there, and 1 while the server looks at it.
 * @param {Blob} file
 * @param {string} name
 * @param {'upload' | 'recording'} kind
 * @param {(fraction: number) => void} onProgress
 * @param {AbortSignal} signal
 * @returns {Promise<Clip>}
 */
export function uploadClip(file, name, kind, onProgress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch tells no progress of what it sends
    request.open('POST', `/api/qa/clips?${new URLSearchParams({ name, kind })}`);
    request.setRequestHeader('X-Tryon-QA', '1');
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.upload.addEventListener('progress', (event) => onProgress(event.loaded / Math.max(1, event.total)));
    request.upload.addEventListener('load', () => onProgress(1));
    request.addEventListener('load', () => {
      if (request.status === 201) resolve(JSON.parse(request.responseText).clip);
      else reject(refusedBy(request.responseText, request.status));
    });
    request.addEventListener('error', () => reject(refusedBy('', 0)));
    request.addEventListener('abort', () => reject(new Refused('The upload was stopped.', 'stopped')));
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(file);
  });
}
