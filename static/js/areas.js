/**
 * A row of buttons that narrows what is shown to one area, such as lips or eyes; the first one shows everything. Arrow keys
 * move in the row, and hidden parts are out of the way of the Tab key.
 */

import { element } from './elements.js';
import { Roving } from './roving.js';
import { told } from './words.js';

const ALL = 'all';

export class AreaTabs {
  element;
  #panels;
  /** @type {Map<string, HTMLButtonElement>} */
  #tabs = new Map();
  #roving;
  #chosen = ALL;

  /**
   * @param {string} label
   * @param {readonly { area: string, panel: HTMLElement }[]} panels
   */
  constructor(label, panels) {
    this.#panels = panels;
    const names = [ALL, ...new Set(panels.map(({ area }) => area))];
    for (const name of names) {
      const tab = element('button', { type: 'button', class: 'area', 'aria-pressed': String(name === ALL) }, told(`area.${name}`, name));
      tab.addEventListener('click', () => this.choose(name));
      this.#tabs.set(name, tab);
    }
    const tabs = [...this.#tabs.values()];
    this.element = element('div', { class: 'areas', role: 'group', 'aria-label': label }, ...tabs);
    this.element.hidden = names.length < 3;
    this.#roving = new Roving(this.element, tabs);
  }

  close() {
    this.#roving.close();
  }

  /** @param {string} name */
  choose(name) {
    this.#chosen = this.#tabs.has(name) ? name : ALL;
    for (const [own, tab] of this.#tabs) tab.setAttribute('aria-pressed', String(own === this.#chosen));
    for (const { area, panel } of this.#panels) panel.hidden = this.#chosen !== ALL && area !== this.#chosen;
    const tab = this.#tabs.get(this.#chosen);
    this.#roving.stop(tab);
    tab?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }

  /**
   * Makes sure that an area can be seen.
   * @param {string} area
   */
  reveal(area) {
    if (this.#chosen !== ALL && this.#chosen !== area) this.choose(area);
  }
}
