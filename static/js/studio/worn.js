/** The product on people side by side, drawn by the server one after the other once somebody looks. */

import { byId, element } from '../elements.js';
import { call, Refused } from './api.js';
import { drawn } from './drawn.js';
import { sentenceOf } from './trouble.js';

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
    const asked = new URLSearchParams();
    for (const choice of choices) asked.set(choice.id.replace('worn-', ''), choice.value);
    for (const { tile } of places) tile.classList.add('waits');
    let refused = 0;
    for (const [number, { person, tile }] of places.entries()) {
      state.textContent = `Drawing ${number + 1} of ${places.length}`;
      try {
        const picture = await drawn(`${person.href}?${asked}`, (told) => {
          if (own === round) state.textContent = told;
        }, () => own === round);
        if (own !== round) return;
        show(tile, picture, person.words, `${person.href}?${asked}`);
      } catch (error) {
        if (own !== round) return;
        refused += 1;
        tile.replaceChildren(element('p', {}, words(error)));
      }
      tile.classList.remove('waits');
    }
    state.textContent = refused === 0 ? '' : `On ${refused} of ${places.length} it could not be shown.`;
  }

  for (const choice of choices) choice.addEventListener('change', () => void draw());
  const watch = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watch.disconnect();
    void begin();
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
 * @param {string} href
 */
function show(tile, picture, words, href) {
  const address = URL.createObjectURL(picture);
  const image = element('img', { alt: `The product on: ${words}`, src: address });
  image.addEventListener('load', () => URL.revokeObjectURL(address), { once: true });
  tile.replaceChildren(element('a', { href, target: '_blank', rel: 'noopener', title: 'Larger, in a new tab' }, image));
}
