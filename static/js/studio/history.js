/** What was, to be undone and done again: whole states, one for each thing that somebody did. */

// More than anybody takes back.
const KEPT_MAX = 200;

/** @template State */
export class History {
  /** @type {State[]} */
  #before = [];
  /** @type {State[]} */
  #after = [];
  #now;
  /** What the last change was one of: a drag, a row of key strokes, a number being typed. */
  #doing = '';

  /** @param {State} now */
  constructor(now) {
    this.#now = now;
  }

  get now() {
    return this.#now;
  }

  get canUndo() {
    return this.#before.length > 0;
  }

  get canRedo() {
    return this.#after.length > 0;
  }

  /**
   * Forgets what was.
   * @param {State} now
   */
  restart(now) {
    this.#now = now;
    this.#before = [];
    this.#after = [];
    this.#doing = '';
  }

  /**
   * A change; those that follow each other with the same ``doing`` are taken back together.
   * @param {State} now
   * @param {string} doing
   */
  change(now, doing) {
    if (doing !== this.#doing || this.#before.length === 0) {
      this.#before.push(this.#now);
      if (this.#before.length > KEPT_MAX) this.#before.shift();
    }
    this.#doing = doing;
    this.#after = [];
    this.#now = now;
  }

  /** The next change is another thing, whatever it is. */
  pause() {
    this.#doing = '';
  }

  /**
   * The keys that everybody knows for it.
   * @param {KeyboardEvent} event
   * @param {() => void} undo
   * @param {() => void} redo
   */
  keys(event, undo, redo) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key === 'z' && !event.shiftKey) undo();
    else if (key === 'y' || (key === 'z' && event.shiftKey)) redo();
    else return;
    event.preventDefault();
  }

  /**
   * Whether there is something to do; a button that goes dark would take the keyboard with it.
   * @param {HTMLButtonElement} undo
   * @param {HTMLButtonElement} redo
   */
  show(undo, redo) {
    const had = document.activeElement;
    undo.disabled = !this.canUndo;
    redo.disabled = !this.canRedo;
    if (had === undo && undo.disabled) redo.focus();
    else if (had === redo && redo.disabled) undo.focus();
  }

  /** @returns {boolean} whether there was anything */
  undo() {
    const before = this.#before.pop();
    if (before === undefined) return false;
    this.#after.push(this.#now);
    this.#now = before;
    this.#doing = '';
    return true;
  }

  /** @returns {boolean} whether there was anything */
  redo() {
    const after = this.#after.pop();
    if (after === undefined) return false;
    this.#before.push(this.#now);
    this.#now = after;
    this.#doing = '';
    return true;
  }
}
