/** A picture that the server draws when it is asked for. */

import { refusedBy } from './api.js';

// The mirror warms up, or others' pictures are drawn first.
const AGAIN_MS = 1500;
const AGAIN_MAX = 80;

/**
 * The picture; asked for again as long as the server says to come again. Throws Refused.
 * @param {string} href
 * @param {(words: string) => void} wait is told why
 * @param {() => boolean} [wanted] whether anybody still waits for it
 * @returns {Promise<Blob>}
 */
export async function drawn(href, wait, wanted = () => true) {
  for (let turn = 0; ; turn += 1) {
    const response = await fetch(href).catch(() => null);
    if (response === null) throw refusedBy('', 0);
    if (response.ok) return response.blob();
    const refused = refusedBy(await response.text(), response.status);
    if (response.status !== 503 || turn >= AGAIN_MAX || !wanted()) throw refused;
    wait(refused.message);
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}
