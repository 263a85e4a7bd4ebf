/** The mirror's words, from the very files that the server makes its modules of. */

import { readFileSync } from 'node:fs';
import { speak } from '../../static/js/words.js';

/** @param {string} language */
export function speakIn(language) {
  const path = new URL(`../../templates/words/${language}.json`, import.meta.url);
  speak(JSON.parse(readFileSync(path, 'utf8')), language);
}
