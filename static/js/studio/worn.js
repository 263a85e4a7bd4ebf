/** The product on people side by side, drawn by the server one after the other once somebody looks. */

import { byId, element } from '../elements.js';
import { call, refusedBy } from './api.js';
import { askDoor, sentenceOf } from './trouble.js';

// The mirror warms up, or others' pictures are drawn first.
const AGAIN_MS = 1500;
const AGAIN_MAX = 80;

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
      state.textContent = sentenceOf(error);
      await askDoor(error);
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
        const picture = await drawn(`${person.href}?${asked}`, (words) => {
          if (own === round) state.textContent = words;
        }, () => own === round);
        if (own !== round) return;
        show(tile, picture, person.words, `${person.href}?${asked}`);
      } catch (error) {
        if (own !== round) return;
        refused += 1;
        tile.replaceChildren(element('p', {}, sentenceOf(error)));
        if (await askDoor(error)) return;
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
 * The picture, as often as the server says to come again.
 * @param {string} href
 * @param {(words: string) => void} wait
 * @param {() => boolean} wanted
 * @returns {Promise<Blob>}
 */
async function drawn(href, wait, wanted) {
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
