/** What a page says when a call was refused; a session that has ended leads to the door and back. */

import { Refused, signInAddress } from './api.js';
import { ask, say } from './ask.js';

/**
 * The sentence of any error.
 * @param {unknown} error
 */
export const sentenceOf = (error) => (error instanceof Error ? error.message : String(error));

/**
 * Asks whoever is signed out to sign in again. True where that was the matter.
 * @param {unknown} error
 * @returns {Promise<boolean>}
 */
export async function askDoor(error) {
  if (!(error instanceof Refused) || (error.status !== 401 && error.code !== 'csrf')) return false;
  const words = 'Sign in again? You were signed out meanwhile, or the server was restarted. You come back to this page.';
  if (await ask(words, 'Sign in')) location.assign(signInAddress());
  return true;
}

/**
 * The same, and any other error is said at the page's edge.
 * @param {unknown} error
 */
export async function tell(error) {
  if (!(await askDoor(error))) say(sentenceOf(error), true);
}
