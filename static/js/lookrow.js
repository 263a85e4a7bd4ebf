/** Complete looks in a row: one tap puts on all of one, and takes off what was worn. */

import { element } from './elements.js';
import { Roving } from './roving.js';
import { say } from './words.js';
import { paintOf } from './worn.js';

/** @typedef {import('./catalogue.js').CompleteLook} CompleteLook */
/** @typedef {import('./catalogue.js').Product} Product */
/** @typedef {import('./look.js').Look} Look */
/** @typedef {import('./look.js').LookItem} LookItem */

export class LookRow {
  element = element('section', { class: 'looks', 'aria-labelledby': 'looks-title' });
  /** @type {{ look: CompleteLook, button: HTMLButtonElement }[]} */
  #entries;
  #find;
  #roving;

  /**
   * @param {readonly CompleteLook[]} looks
   * @param {(sku: string) => Product | undefined} find
   * @param {(items: LookItem[]) => void} onWear
   */
  constructor(looks, find, onWear) {
    this.#find = find;
    this.#entries = looks.map((look) => ({ look, button: this.#card(look, onWear) }));
    const buttons = this.#entries.map(({ button }) => button);
    const list = element('div', { class: 'look-cards', role: 'group', 'aria-labelledby': 'looks-title' }, ...buttons);
    this.element.append(element('h3', { id: 'looks-title' }, say('tray.looks')), list);
    this.element.hidden = looks.length === 0;
    this.#roving = new Roving(list, buttons);
  }

  close() {
    this.#roving.close();
  }

  /**
   * Marks the look that is worn just so.
   * @param {Look} look
   */
  show(look) {
    const worn = [...look.values()];
    for (const { look: complete, button } of this.#entries) {
      const same =
        worn.length === complete.items.length &&
        complete.items.every((item) => worn.some((own) => own.sku === item.sku && (item.shade ?? own.shade) === own.shade));
      button.setAttribute('aria-pressed', String(same));
    }
  }

  /**
   * @param {CompleteLook} look
   * @param {(items: LookItem[]) => void} onWear
   */
  #card(look, onWear) {
    const dots = look.items.flatMap((item) => {
      const product = this.#find(item.sku);
      const shade = product?.shades.find((candidate) => candidate.id === item.shade);
      if (shade === undefined) return [];
      const dot = element('span', { class: 'dot' });
      dot.style.setProperty('--swatch', paintOf(shade));
      return [dot];
    });
    const button = element(
      'button',
      { type: 'button', class: 'look-card', 'aria-pressed': 'false' },
      element('span', { class: 'dots', 'aria-hidden': 'true' }, ...dots),
      element('strong', {}, look.name),
      element('small', {}, look.description),
    );
    button.addEventListener('click', () => onWear(look.items));
    return button;
  }
}
