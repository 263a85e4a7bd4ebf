/** The product on people side by side, drawn by the server one after the other while somebody looks: as it is saved, or
 * as it would be. */

import { byId, element } from '../elements.js';
import { call, Refused } from './api.js';
import { drawn } from './drawn.js';
import { sentenceOf } from './trouble.js';

// A slider or a word goes on; each of several people takes a fifth of a second.
const PAUSE_MS = 500;

/** @typedef {{ person: string, words: string, kind: string, href: string }} Person */

const section = document.getElementById('worn');
if (section instanceof HTMLElement) start(section);

/** @param {HTMLElement} section */
function start(section) {
  const [list, state] = [byId('sitters', HTMLElement), byId('worn-state', HTMLElement)];
  const choices = [...section.querySelectorAll('select')];
  /** @type {{ person: Person, tile: HTMLElement }[]} */
  let places = [];
  let round = 0;
  /** @type {unknown} what is not saved yet; null: nothing */
  let unsaved = null;
  let [begun, seen, stale] = [false, false, false];
  let timer = 0;

  async function begin() {
    try {
      const told = (await call('GET', `products/${section.dataset['sku']}/worn`)).body;
      places = told.items.map((/** @type {Person} */ person) => {
        const tile = element('div', { class: 'tile waits' });
        list.append(element('li', { class: 'sitter' }, element('figure', {}, tile, element('figcaption', {}, person.words))));
        return { person, tile };
      });
      await draw();
    } catch (error) {
      state.textContent = words(error);
    }
  }

  /** A choice that is made meanwhile begins a new round, and this one ends. */
  async function draw() {
    const own = ++round;
    stale = false;
    const asked = new URLSearchParams();
    for (const choice of choices) asked.set(choice.id.replace('worn-', ''), choice.value);
    const draft = asked.get('what') === 'live' ? null : unsaved;
    if (draft !== null) asked.delete('what');
    for (const { tile } of places) tile.classList.add('waits');
    let refused = 0;
    for (const [number, { person, tile }] of places.entries()) {
      state.textContent = `Drawing ${number + 1} of ${places.length}`;
      try {
        const picture = await drawn(`${person.href}?${asked}`, (told) => {
          if (own === round) state.textContent = told;
        }, () => own === round, draft);
        if (own !== round) return;
        show(tile, picture, person.words, draft === null ? `${person.href}?${asked}` : '');
      } catch (error) {
        if (own !== round) return;
        refused += 1;
        tile.replaceChildren(element('p', {}, words(error)));
      }
      tile.classList.remove('waits');
    }
    const told = draft === null ? '' : 'With what is not saved yet. ';
    state.textContent = refused === 0 ? told.trim() : `${told}On ${refused} of ${places.length} it could not be shown.`;
  }

  function redraw() {
    if (begun && seen && stale) void draw();
  }

  document.getElementById('product')?.addEventListener('unsaved', (event) => {
    const now = event instanceof CustomEvent ? event.detail : null;
    // Most of what is typed about a product changes nothing of how it is worn.
    if (JSON.stringify(now?.definition) === JSON.stringify(/** @type {any} */ (unsaved)?.definition)) return;
    unsaved = now;
    stale = true;
    clearTimeout(timer);
    timer = setTimeout(redraw, PAUSE_MS);
  });

  for (const choice of choices) choice.addEventListener('change', () => void draw());
  const watch = new IntersectionObserver((entries) => {
    seen = entries.at(-1)?.isIntersecting === true;
    if (!seen) return;
    if (begun) redraw();
    else {
      begun = true;
      void begin();
    }
  });
  watch.observe(section);
}

/**
 * Nobody has asked for these pictures, so that nobody is asked to sign in for them.
 * @param {unknown} error
 */
const words = (error) => (error instanceof Refused && error.status === 401 ? 'You were signed out meanwhile. Load the page again.' : sentenceOf(error));

/**
 * @param {HTMLElement} tile
 * @param {Blob} picture
 * @param {string} words who it is
 * @param {string} href of the same, larger; empty where there is none
 */
function show(tile, picture, words, href) {
  const address = URL.createObjectURL(picture);
  const image = element('img', { alt: `The product on: ${words}`, src: address });
  image.addEventListener('load', () => URL.revokeObjectURL(address), { once: true });
  tile.replaceChildren(href === '' ? image : element('a', { href, target: '_blank', rel: 'noopener', title: 'Larger, in a new tab' }, image));
}
