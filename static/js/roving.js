/**
 * One stop of the Tab key for a whole group; arrow keys, Home and End move inside it.
 * Pattern: https://www.w3.org/WAI/ARIA/apg/practices/keyboard-interface/ (managing focus by roving tabindex).
 */

const STEPS = Object.freeze({ ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 });

export class Roving {
  #items;
  #listening = new AbortController();

  /**
   * @param {HTMLElement} container
   * @param {HTMLElement[]} items
   * @param {(item: HTMLElement) => void} [onMove] after the arrow keys moved the focus
   */
  constructor(container, items, onMove) {
    this.#items = items;
    this.stop(items[0]);
    const { signal } = this.#listening;
    container.addEventListener('keydown', (event) => this.#key(event, onMove), { signal });
    container.addEventListener('focusin', (event) => this.stop(/** @type {HTMLElement} */ (event.target)), { signal });
  }

  /**
   * Makes `item` the one that Tab comes to.
   * @param {HTMLElement | undefined} item
   */
  stop(item) {
    if (item === undefined || !this.#items.includes(item)) return;
    for (const other of this.#items) other.tabIndex = other === item ? 0 : -1;
  }

  close() {
    this.#listening.abort();
  }

  /**
   * @param {KeyboardEvent} event
   * @param {((item: HTMLElement) => void) | undefined} onMove
   */
  #key(event, onMove) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const at = this.#items.indexOf(/** @type {HTMLElement} */ (event.target));
    if (at < 0) return;
    const count = this.#items.length;
    let to;
    if (event.key === 'Home') to = 0;
    else if (event.key === 'End') to = count - 1;
    else if (event.key in STEPS) to = (at + STEPS[/** @type {keyof typeof STEPS} */ (event.key)] + count) % count;
    else return;
    event.preventDefault();
    const item = /** @type {HTMLElement} */ (this.#items[to]);
    item.focus();
    onMove?.(item);
  }
}
