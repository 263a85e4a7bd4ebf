/** The studio's calls of the REST API: signed in by cookie, proved by the page's token. Every refusal has a sentence. */

const UNREACHABLE = 'The server does not answer. Is it still running? Nothing was changed.';

/** Something that the server refused, or that did not reach it. */
export class Refused extends Error {
  /**
   * @param {string} sentence
   * @param {string} code
   * @param {number} status 0 where nothing was answered
   * @param {string | null} [field] what was wrong
   */
  constructor(sentence, code, status, field = null) {
    super(sentence);
    this.code = code;
    this.status = status;
    this.field = field;
  }
}

/** The page's own token; it changes with the session. */
export const token = () => document.querySelector('meta[name="csrf"]')?.getAttribute('content') ?? '';

/** Where to sign in, and come back from. */
export const signInAddress = () =>
  `/studio/sign-in?${new URLSearchParams({ next: location.pathname + location.search, why: 'ended' })}`;

/**
 * The refusal in an error's body.
 * @param {string} text
 * @param {number} status
 */
export function refusedBy(text, status) {
  try {
    const { code, sentence, field } = JSON.parse(text).error;
    return new Refused(String(sentence), String(code), status, field ?? null);
  } catch {
    return new Refused(status === 0 ? UNREACHABLE : `The server answered with status ${status}.`, 'unknown', status);
  }
}

/**
 * A JSON answer, with its version where it has one.
 * @typedef {{ body: any, version: string | null }} Answer
 */

/**
 * @param {string} method
 * @param {string} path below /v1/
 * @param {{ body?: unknown, version?: string | null, once?: string }} [more] ``version`` is an ETag without quotes
 * @returns {Promise<Answer>}
 */
export async function call(method, path, more = {}) {
  /** @type {Record<string, string>} */
  const headers = { 'X-CSRF-Token': token() };
  if (more.body !== undefined) headers['Content-Type'] = 'application/json';
  if (more.version !== undefined && more.version !== null) headers['If-Match'] = `"${more.version}"`;
  if (more.once !== undefined) headers['Idempotency-Key'] = more.once;
  /** @type {Response} */
  let response;
  try {
    response = await fetch(`/v1/${path}`, {
      method,
      headers,
      body: more.body === undefined ? null : JSON.stringify(more.body),
    });
  } catch {
    throw refusedBy('', 0);
  }
  if (!response.ok) throw refusedBy(await response.text(), response.status);
  const version = response.headers.get('ETag')?.replace(/^(?:W\/)?"|"$/g, '') ?? null;
  return { body: response.status === 204 ? null : await response.json(), version };
}

/**
 * Sends a file; ``onProgress`` gets the fraction that is there.
 * @param {File} file
 * @param {(fraction: number) => void} onProgress
 * @param {AbortSignal} signal
 * @returns {Promise<{ id: string, name: string, bytes: number }>}
 */
export function upload(file, onProgress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch tells no progress of what it sends
    request.open('POST', `/v1/uploads?${new URLSearchParams({ name: file.name.slice(0, 200) || 'file' })}`);
    request.setRequestHeader('X-CSRF-Token', token());
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.upload.addEventListener('progress', (event) => onProgress(event.loaded / Math.max(1, event.total)));
    request.addEventListener('load', () => {
      if (request.status === 201) resolve(JSON.parse(request.responseText));
      else reject(refusedBy(request.responseText, request.status));
    });
    request.addEventListener('error', () => reject(refusedBy('', 0)));
    request.addEventListener('abort', () => reject(new Refused('The upload was stopped.', 'stopped', 0)));
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(file);
  });
}
