/** A picture that the server draws when it is asked for. */

import { refusedBy, token } from './api.js';

// The mirror warms up, or others' pictures are drawn first.
const AGAIN_MS = 1500;
const AGAIN_MAX = 80;

/**
 * The picture; asked for again as long as the server says to come again. Throws Refused.
 * @param {string} href
 * @param {(words: string) => void} wait is told why
 * @param {() => boolean} [wanted] whether anybody still waits for it
 * @param {unknown} [draft] what is drawn in place of what is saved
 * @returns {Promise<Blob>}
 */
export async function drawn(href, wait, wanted = () => true, draft = null) {
  const asked = draft === null ? {} : { method: 'POST', headers: { 'X-CSRF-Token': token(), 'Content-Type': 'application/json' }, body: JSON.stringify(draft) };
  for (let turn = 0; ; turn += 1) {
    const response = await fetch(href, asked).catch(() => null);
    if (response === null) throw refusedBy('', 0);
    if (response.ok) return response.blob();
    const refused = refusedBy(await response.text(), response.status);
    if (response.status !== 503 || turn >= AGAIN_MAX || !wanted()) throw refused;
    wait(refused.message);
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}
