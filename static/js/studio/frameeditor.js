/** A frame's editor: pictures drawn by the server as it would be, points, sizes, materials and lenses, with undo. */

import { byId, element } from '../elements.js';
import { call, Refused } from './api.js';
import { adjustmentFields, adjustmentOf, MOVED } from './fields.js';
import { fill, FrameControls } from './framecontrols.js';
import { History } from './history.js';
import { Stage } from './stage.js';
import { askDoor, sentenceOf } from './trouble.js';

/** @typedef {import('./fields.js').Fields} Fields */
/** @typedef {import('./fields.js').Adjustment} Adjustment */
/** @typedef {import('./stage.js').Picture} Picture */
/** @typedef {import('./pinhole.js').Mm} Mm */
/** @typedef {import('./framecontrols.js').Found & { pictures: Picture[], points_mm: Record<string, Mm> }} Drawing */

const VIEWS = /** @type {[string, string][]} */ ([['front', 'Front'], ['side', 'Side'], ['top', 'From above'], ['turned', 'Turned']]);
// Long enough for a drag or a word to go on, short enough to be seen at once.
const PAUSE_MS = 90;
const YAW_DEG = 30;
const PAIRS = /** @type {Readonly<Record<string, string>>} */ ({ left_hinge: 'right_hinge', right_hinge: 'left_hinge', left_lens: 'right_lens', right_lens: 'left_lens' });
const HINT = 'Drag a point, or choose one and use the arrow keys: half a millimetre, with Shift two.';

export class FrameEditor {
  #sku;
  #changed;
  #place;
  #stage;
  #controls;
  #history = new History(/** @type {Fields} */ ({}));
  /** @type {Drawing | null} */
  #drawn = null;
  #view = 'front';
  #yaw = YAW_DEG;
  #told;
  #trouble;
  #worn;
  #undo;
  #redo;
  #reset;
  #alike;
  #turn;
  /** @type {Map<string, HTMLImageElement>} */
  #small = new Map();
  #timer = 0;
  #drawing = false;
  #again = false;

  /**
   * @param {HTMLElement} place
   * @param {string} sku
   * @param {() => void} changed
   */
  constructor(place, sku, changed) {
    this.#place = place;
    this.#sku = sku;
    this.#changed = changed;
    const button = (/** @type {string} */ words, /** @type {() => void} */ run) => {
      const made = element('button', { type: 'button', class: 'button small', disabled: '' }, words);
      made.addEventListener('click', run);
      return made;
    };
    this.#undo = button('Undo', () => this.#takeBack());
    this.#redo = button('Redo', () => this.#doAgain());
    this.#reset = button('As it was found', () => this.#back({}));
    this.#alike = element('input', { type: 'checkbox' });
    this.#alike.checked = true;
    this.#told = element('p', { class: 'soft', role: 'status' }, HINT);
    this.#trouble = element('div', { role: 'alert' });
    const stage = element('div', { class: 'points frame-stage' });
    this.#stage = new Stage(stage, {
      move: (name, to) => this.#move(name, to),
      tell: (words) => {
        this.#told.textContent = words;
      },
      pause: () => this.#history.pause(),
    });
    this.#turn = element('input', { type: 'range', min: '-180', max: '180', step: '15', value: String(YAW_DEG) });
    this.#turn.addEventListener('input', () => {
      this.#yaw = Number(this.#turn.value);
      this.#turn.setAttribute('aria-valuetext', this.#yaw === 0 ? 'From the front' : `${this.#yaw}° round`);
      fill(this.#turn);
      this.#soon();
    });
    fill(this.#turn);
    this.#worn = element('img', { alt: 'The frame worn, on the portrait that comes along', width: '640', height: '640' });
    const controls = element('div', { class: 'frame-controls' });
    this.#controls = new FrameControls(controls, (field, value, doing) => this.#set({ [field]: value }, doing));
    place.append(
      element('div', { class: 'row frame-bar' }, this.#undo, this.#redo, this.#reset, element('label', { class: 'check' }, this.#alike, 'Both sides alike')),
      element('div', { class: 'frame-pictures' }, element('div', {}, stage, this.#views()), element('div', { class: 'frame-worn' }, this.#worn)),
      this.#told,
      this.#trouble,
      controls,
    );
    place.addEventListener('keydown', (event) => this.#history.keys(event, () => this.#takeBack(), () => this.#doAgain()));
    place.addEventListener('focusout', () => this.#history.pause());
  }

  /** @returns {Fields} what differs from what was found, a field each */
  values() {
    return { ...this.#history.now };
  }

  /**
   * Shows this and forgets what could be undone.
   * @param {Adjustment | undefined} adjustment
   */
  set(adjustment) {
    this.#history.restart(adjustmentFields(adjustment));
    this.#shown();
    void this.#draw();
  }

  #views() {
    const choices = VIEWS.map(([view, words]) => {
      const input = element('input', { type: 'radio', name: 'frame-view', value: view, class: 'visually-hidden' });
      input.checked = view === this.#view;
      input.addEventListener('change', () => {
        this.#view = view;
        this.#place.dataset['view'] = view;
        this.#picture();
      });
      const picture = element('img', { alt: '', width: '160', height: '100' });
      this.#small.set(view, picture);
      return element('label', { class: 'frame-view' }, input, picture, element('span', {}, words));
    });
    this.#place.dataset['view'] = this.#view;
    return element(
      'div',
      {},
      element('label', { class: 'frame-turn' }, element('span', { class: 'visually-hidden' }, 'Turn it'), this.#turn),
      element('div', { class: 'frame-views', role: 'radiogroup', 'aria-label': 'The side that is shown' }, ...choices),
    );
  }

  #takeBack() {
    if (!this.#history.undo()) return;
    this.#told.textContent = 'Undone.';
    this.#after(true);
  }

  #doAgain() {
    if (!this.#history.redo()) return;
    this.#told.textContent = 'Done again.';
    this.#after(true);
  }

  /** @param {Fields} fields */
  #back(fields) {
    this.#history.pause();
    this.#history.change(fields, 'back');
    this.#told.textContent = 'It is as it was found; Undo brings back what was changed.';
    this.#after(true);
  }

  /**
   * @param {string} name
   * @param {Mm} to
   */
  #move(name, to) {
    const moved = (/** @type {Mm} */ move) => (move.some((mm) => mm !== 0) ? move : undefined);
    /** @type {Fields} */
    const change = { [MOVED + name]: moved(to) };
    const other = PAIRS[name];
    if (other !== undefined && this.#alike.checked) change[MOVED + other] = moved([-to[0] || 0, to[1], to[2]]);
    this.#set(change, `move ${name}`);
  }

  /**
   * @param {Fields} change
   * @param {string} doing
   */
  #set(change, doing) {
    const fields = { ...this.#history.now, ...change };
    for (const [field, value] of Object.entries(fields)) if (value === undefined) delete fields[field];
    this.#apply(fields, doing);
  }

  /**
   * @param {Fields} fields
   * @param {string} doing
   */
  #apply(fields, doing) {
    this.#history.change(fields, doing);
    this.#after();
  }

  /** @param {boolean} [all] */
  #after(all = false) {
    this.#shown(all);
    this.#changed();
    this.#soon();
  }

  /**
   * What the page can show by itself.
   * @param {boolean} [all]
   */
  #shown(all = false) {
    const had = document.activeElement;
    this.#history.show(this.#undo, this.#redo);
    this.#reset.disabled = Object.keys(this.#history.now).length === 0;
    if (had === this.#reset && this.#reset.disabled) this.#undo.focus();
    this.#controls.set(this.#history.now, all);
    this.#stage.moved(this.#moves());
  }

  #moves() {
    /** @type {Record<string, Mm>} */
    const moves = {};
    for (const [field, value] of Object.entries(this.#history.now)) {
      if (field.startsWith(MOVED)) moves[field.slice(MOVED.length)] = /** @type {Mm} */ (value);
    }
    return moves;
  }

  #soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#draw(), PAUSE_MS);
  }

  /** One at a time; the newest wish is drawn next. */
  async #draw() {
    if (this.#drawing) {
      this.#again = true;
      return;
    }
    this.#drawing = true;
    this.#place.setAttribute('aria-busy', 'true');
    try {
      do {
        this.#again = false;
        const body = { adjustment: adjustmentOf(this.#history.now) ?? {}, yaw_deg: this.#yaw };
        this.#drawn = (await call('POST', `products/${this.#sku}/drawing`, { body })).body;
        this.#fresh();
      } while (this.#again);
    } catch (error) {
      await this.#failed(error);
    } finally {
      this.#drawing = false;
      this.#place.removeAttribute('aria-busy');
    }
    // What was changed while the last wish was refused.
    if (this.#again) void this.#draw();
  }

  #fresh() {
    const drawn = this.#drawn;
    if (drawn === null) return;
    this.#trouble.replaceChildren();
    this.#place.classList.remove('stale');
    this.#place.hidden = false;
    for (const picture of drawn.pictures) {
      const shown = picture.view === 'worn' ? this.#worn : this.#small.get(picture.view);
      shown?.setAttribute('src', `data:image/jpeg;base64,${picture.jpeg}`);
    }
    const worn = drawn.pictures.some(({ view }) => view === 'worn');
    this.#worn.hidden = !worn;
    this.#controls.show(this.#history.now, drawn);
    this.#picture();
  }

  #picture() {
    const picture = this.#drawn?.pictures.find(({ view }) => view === this.#view);
    if (picture !== undefined) this.#stage.show(picture, this.#drawn?.points_mm ?? {}, this.#moves());
  }

  /** @param {unknown} error */
  async #failed(error) {
    // What is shown is not what was set: it is dimmed until it is drawn.
    this.#place.hidden = false;
    this.#place.classList.add('stale');
    // Nobody is asked anything who has only opened the page.
    if (this.#history.canUndo && (await askDoor(error))) return;
    const again = element('button', { type: 'button', class: 'button small' }, 'Draw again');
    again.addEventListener('click', () => void this.#draw());
    const lasting = error instanceof Refused && error.status === 422;
    this.#trouble.replaceChildren(element('p', { class: 'said bad' }, element('span', {}, sentenceOf(error)), ...(lasting ? [] : [again])));
  }
}

/**
 * The editor in the page, where the product is a frame that has a model; null elsewhere.
 * @param {string} sku
 * @param {() => void} changed
 */
export const startFrame = (sku, changed) => (document.getElementById('frame') === null ? null : new FrameEditor(byId('frame-editor', HTMLElement), sku, changed));
