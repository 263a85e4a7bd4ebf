/** What an action leaves for the page that is loaded after it: words, and where the keyboard goes on. */

import { say } from './ask.js';

const [SAID, FOCUS] = ['studio-said', 'studio-focus'];
// A frame's points come with its first picture; whoever has gone elsewhere meanwhile is left there.
const WAIT_MS = 10_000;
const BY = ['name', 'data-point', 'data-size', 'data-dimension', 'data-act', 'data-do', 'data-delete'];

/**
 * @param {string} words empty where the page after it says them by itself
 * @param {...string} places selectors, the best first; without one that is there, the keyboard starts at the top
 */
export function leave(words, ...places) {
  if (words !== '') sessionStorage.setItem(SAID, words);
  // Where the skip link has left its mark, a page that loads slowly would go there after all, and take the focus away.
  if (location.hash !== '') history.replaceState(history.state, '', location.pathname + location.search);
  sessionStorage.setItem(FOCUS, JSON.stringify(places.filter((place) => place !== '')));
}

/**
 * How the same element is found in the same page, loaded anew; empty where it cannot be told.
 * @param {Element | null} element
 */
export function placeOf(element) {
  if (element === null || element === document.body) return '';
  if (element.id !== '') return `#${CSS.escape(element.id)}`;
  const by = BY.find((name) => (element.getAttribute(name) ?? '') !== '');
  if (by === undefined) return '';
  const value = element instanceof HTMLInputElement && element.type === 'radio' ? `[value="${CSS.escape(element.value)}"]` : '';
  return `[${by}="${CSS.escape(element.getAttribute(by) ?? '')}"]${value}`;
}

/** Says what was left to say, and puts the keyboard where it goes on. */
export function arrive() {
  const [words, places] = [sessionStorage.getItem(SAID), sessionStorage.getItem(FOCUS)];
  sessionStorage.removeItem(SAID);
  sessionStorage.removeItem(FOCUS);
  if (words !== null) say(words);
  if (places === null) return;
  const wanted = /** @type {string[]} */ (JSON.parse(places));
  if (goTo(wanted)) return;
  const done = new AbortController();
  const watch = new MutationObserver(() => {
    if (goTo(wanted)) done.abort();
  });
  done.signal.addEventListener('abort', () => watch.disconnect());
  for (const moved of ['keydown', 'pointerdown']) document.addEventListener(moved, () => done.abort(), { signal: done.signal });
  watch.observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['disabled', 'hidden'] });
  setTimeout(() => done.abort(), WAIT_MS);
}

/** @param {string[]} places */
function goTo(places) {
  for (const place of places) {
    const found = document.querySelector(place);
    if (!(found instanceof HTMLElement || found instanceof SVGElement)) continue;
    found.focus();
    if (document.activeElement === found) return true;
    if (!found.matches('h1, h2, p, section')) continue;
    found.tabIndex = -1;
    found.focus();
    return true;
  }
  return false;
}
