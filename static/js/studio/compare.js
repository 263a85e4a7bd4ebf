/** Two versions' pictures, one over the other, with a slider between them; as they are, or drawn on the portrait. */

import { element } from '../elements.js';
import { drawn } from './drawn.js';
import { sentenceOf } from './trouble.js';

const STEP_FAR = 10;

for (const select of document.querySelectorAll('#which select')) {
  if (!(select instanceof HTMLSelectElement)) continue;
  select.addEventListener('change', () => select.form?.requestSubmit());
  // Somebody was quicker than this script.
  if (select.selectedOptions[0]?.defaultSelected === false) select.form?.requestSubmit();
}

const section = document.getElementById('pictures');
const place = section?.querySelector('.swipe');
const bar = section?.querySelector('.swipe-bar');
const slider = bar?.querySelector('input');
const shown = document.getElementById('shown');
const state = document.getElementById('compare-state');
if (place instanceof HTMLElement && bar instanceof HTMLElement && slider instanceof HTMLInputElement && shown instanceof HTMLSelectElement) start(place, bar, slider, shown);

/**
 * @param {HTMLElement} place
 * @param {HTMLElement} bar
 * @param {HTMLInputElement} slider
 * @param {HTMLSelectElement} shown
 */
function start(place, bar, slider, shown) {
  place.classList.add('over');
  bar.hidden = false;
  shown.closest('label')?.removeAttribute('hidden');
  const sides = ['before', 'after'].map((name) => ({ name, figure: place.querySelector(`figure.${name}`) }));
  const names = sides.map(({ figure }) => figure?.querySelector('figcaption')?.textContent ?? '');

  const move = () => {
    const part = Number(slider.value);
    place.style.setProperty('--seen', `${part}%`);
    slider.style.setProperty('--filled', `${part}%`);
    slider.setAttribute('aria-valuetext', part === 0 ? `Only ${names[1]}` : part === 100 ? `Only ${names[0]}` : `${part} % of ${names[0]}`);
  };
  slider.addEventListener('input', move);
  slider.addEventListener('keydown', (event) => {
    const by = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
    if (by === 0 || !event.shiftKey) return;
    event.preventDefault();
    slider.value = String(Number(slider.value) + by * STEP_FAR);
    move();
  });
  /** @param {PointerEvent} event */
  const drag = (event) => {
    const { left, width } = place.getBoundingClientRect();
    slider.value = String(Math.round((100 * (event.clientX - left)) / width));
    move();
  };
  place.addEventListener('pointerdown', (event) => {
    place.setPointerCapture(event.pointerId);
    drag(event);
  });
  place.addEventListener('pointermove', (event) => {
    if (place.hasPointerCapture(event.pointerId)) drag(event);
  });
  move();

  /** @param {string} words */
  const told = (words) => {
    if (state !== null) state.textContent = words;
  };

  async function load() {
    const worn = shown.value === 'worn';
    told(worn ? 'Drawing' : '');
    try {
      for (const { name, figure } of sides) {
        const source = (worn ? place.dataset[`${name}Worn`] : place.dataset[name]) ?? '';
        if (figure === null) continue;
        const caption = figure.querySelector('figcaption');
        const picture = source === '' ? element('p', { class: 'soft' }, 'No picture') : element('img', { src: worn ? URL.createObjectURL(await drawn(source, told)) : source, alt: caption?.textContent ?? '', draggable: 'false' });
        if (worn) picture.addEventListener('load', () => URL.revokeObjectURL(/** @type {HTMLImageElement} */ (picture).src), { once: true });
        if ((shown.value === 'worn') !== worn) return;
        figure.replaceChildren(picture, ...(caption === null ? [] : [caption]));
      }
      told('');
    } catch (error) {
      told(sentenceOf(error));
    }
  }
  shown.addEventListener('change', () => void load());
}
