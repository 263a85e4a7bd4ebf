/** Shades as rows of a colour and a name, added, removed and moved. */

import { element, icon } from '../elements.js';
import { slugOf } from './slug.js';

/** @typedef {import('./fields.js').Shade} Shade */

const SHADES_MAX = 64;
const FIRST = '#b3121d';

export class Shades {
  #list;
  #add;
  #onChange;

  /**
   * @param {HTMLElement} place
   * @param {readonly Partial<Shade>[]} shades
   * @param {() => void} [onChange]
   */
  constructor(place, shades, onChange = () => {}) {
    this.#onChange = onChange;
    this.#list = element('ol', { class: 'shade-rows', 'aria-label': 'Shades' });
    this.#add = element('button', { type: 'button', class: 'button small' }, icon('plus'), element('span', {}, 'Add a shade'));
    this.#add.addEventListener('click', () => {
      const row = this.#row({ color: this.values().at(-1)?.color ?? FIRST });
      this.#onChange();
      row.querySelector('input')?.focus();
    });
    place.replaceChildren(this.#list, this.#add);
    this.set(shades);
  }

  /** @param {readonly Partial<Shade>[]} shades */
  set(shades) {
    this.#list.replaceChildren();
    for (const shade of shades) this.#row(shade);
  }

  /**
   * As the API takes them; those that are new get an id from their name.
   * @returns {Shade[]}
   */
  values() {
    /** @type {Shade[]} */
    const found = [];
    const taken = new Set(this.#rows().map((row) => row.dataset['id'] ?? ''));
    for (const row of this.#rows()) {
      const [color, name] = [...row.querySelectorAll('input')].map((input) => input.value.trim());
      const words = name === undefined || name === '' ? (color ?? FIRST) : name;
      let id = row.dataset['id'] ?? '';
      if (id === '') {
        const stem = slugOf(words) || 'shade';
        id = stem;
        for (let number = 2; taken.has(id); number += 1) id = `${stem.slice(0, 60)}-${number}`;
        taken.add(id);
      }
      const more = JSON.parse(row.dataset['more'] ?? '{}');
      found.push({ ...more, id, name: words, color: color ?? FIRST });
    }
    return found;
  }

  #rows() {
    return /** @type {HTMLElement[]} */ ([...this.#list.children]);
  }

  /** @param {Partial<Shade>} shade */
  #row(shade) {
    const { id, name, color, ...more } = shade;
    const colour = element('input', { type: 'color', value: color ?? FIRST, 'aria-label': 'Colour' });
    const words = element('input', { type: 'text', value: name ?? '', maxlength: '120', placeholder: 'Name of the shade', 'aria-label': 'Name of the shade' });
    const code = element('code', { class: 'soft' }, color ?? FIRST);
    const remove = element('button', { type: 'button', class: 'round', 'aria-label': 'Remove this shade' }, icon('cross'));
    const row = element('li', { 'data-id': id ?? '', 'data-more': JSON.stringify(more) }, colour, words, code, remove);
    colour.addEventListener('input', () => {
      code.textContent = colour.value;
      this.#onChange();
    });
    words.addEventListener('input', () => this.#onChange());
    remove.addEventListener('click', () => {
      const next = row.nextElementSibling ?? row.previousElementSibling;
      row.remove();
      this.#fit();
      (next?.querySelector('button') ?? this.#add).focus();
      this.#onChange();
    });
    this.#list.append(row);
    this.#fit();
    return row;
  }

  #fit() {
    this.#add.disabled = this.#list.children.length >= SHADES_MAX;
  }
}
