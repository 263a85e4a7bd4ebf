/** A garment's points on its picture, moved by pointer or by arrow keys, with undo and redo. */

import { byId, element } from '../elements.js';
import { History } from './history.js';

/** @typedef {[number, number]} At */
/** @typedef {Record<string, At>} Places */

const SVG = 'http://www.w3.org/2000/svg';
const KEYS = /** @type {Readonly<Record<string, At>>} */ ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] });
const FAR = 10;

/** @param {string} name */
export const wordsOfPoint = (name) => name.replaceAll('_', ' ');

export class Points {
  #svg;
  #told;
  #undo;
  #redo;
  #changed;
  #history = new History(/** @type {Places} */ ({}));
  /** @type {Map<string, SVGGElement>} */
  #marks = new Map();
  #size = /** @type {At} */ ([0, 0]);

  /**
   * @param {HTMLElement} place with the picture's address in ``data-picture``
   * @param {() => void} changed
   */
  constructor(place, changed) {
    this.#changed = changed;
    this.#svg = document.createElementNS(SVG, 'svg');
    this.#svg.setAttribute('role', 'group');
    this.#svg.setAttribute('aria-label', 'The points on the picture');
    this.#told = element('p', { class: 'soft', role: 'status' }, 'Drag a point, or choose one and use the arrow keys; with Shift they go farther.');
    this.#undo = element('button', { type: 'button', class: 'button small', disabled: '' }, 'Undo');
    this.#undo.addEventListener('click', () => this.#takeBack());
    this.#redo = element('button', { type: 'button', class: 'button small', disabled: '' }, 'Redo');
    this.#redo.addEventListener('click', () => this.#doAgain());
    place.append(this.#svg, element('div', { class: 'row' }, this.#undo, this.#redo, this.#told));
    place.addEventListener('keydown', (event) => this.#history.keys(event, () => this.#takeBack(), () => this.#doAgain()));
    const picture = new Image();
    picture.addEventListener('load', () => {
      this.#size = [picture.naturalWidth, picture.naturalHeight];
      this.#svg.setAttribute('viewBox', `0 0 ${picture.naturalWidth} ${picture.naturalHeight}`);
      const shown = document.createElementNS(SVG, 'image');
      shown.setAttribute('href', picture.src);
      shown.setAttribute('width', String(picture.naturalWidth));
      shown.setAttribute('height', String(picture.naturalHeight));
      this.#svg.prepend(shown);
      this.#draw();
    });
    picture.addEventListener('error', () => {
      this.#told.textContent = 'The picture cannot be shown, so its points cannot be moved. Load the page again.';
    });
    picture.src = place.dataset['picture'] ?? '';
  }

  /** @returns {Places} */
  values() {
    return { ...this.#history.now };
  }

  /**
   * Shows these and forgets what could be undone.
   * @param {Places} points
   */
  set(points) {
    this.#history.restart({ ...points });
    this.#buttons();
    this.#draw();
  }

  #draw() {
    if (this.#size[0] === 0) return;
    const radius = this.#size[0] / 70;
    for (const mark of this.#marks.values()) mark.remove();
    this.#marks.clear();
    for (const name of Object.keys(this.#history.now)) {
      const mark = document.createElementNS(SVG, 'g');
      mark.setAttribute('class', 'point');
      mark.setAttribute('tabindex', '0');
      mark.setAttribute('role', 'button');
      mark.setAttribute('data-point', name);
      // Fingers are wider than what shows where the point is.
      for (const [kind, times] of /** @type {[string, number][]} */ ([['reach', 2.4], ['dot', 1]])) {
        const circle = document.createElementNS(SVG, 'circle');
        circle.setAttribute('class', kind);
        circle.setAttribute('r', String(radius * times));
        mark.append(circle);
      }
      mark.addEventListener('pointerdown', (event) => this.#drag(name, mark, event));
      mark.addEventListener('keydown', (event) => this.#key(name, event));
      mark.addEventListener('focus', () => this.#tell(name));
      mark.addEventListener('blur', () => this.#history.pause());
      this.#marks.set(name, mark);
      this.#svg.append(mark);
      this.#place(name);
    }
  }

  /** @param {string} name */
  #place(name) {
    const [x, y] = this.#history.now[name] ?? [0, 0];
    const mark = this.#marks.get(name);
    mark?.setAttribute('transform', `translate(${x} ${y})`);
    mark?.setAttribute('aria-label', `${wordsOfPoint(name)}, ${Math.round(x)} across, ${Math.round(y)} down`);
  }

  /** @param {string} name */
  #tell(name) {
    const [x, y] = this.#history.now[name] ?? [0, 0];
    this.#told.textContent = `${wordsOfPoint(name)}: ${Math.round(x)} across, ${Math.round(y)} down. Right and left are the wearer's.`;
  }

  /**
   * @param {string} name
   * @param {At} to
   */
  #move(name, to) {
    const inside = (/** @type {number} */ value, /** @type {number} */ most) => Math.round(Math.min(Math.max(value, 0), most) * 10) / 10;
    this.#history.change({ ...this.#history.now, [name]: [inside(to[0], this.#size[0]), inside(to[1], this.#size[1])] }, name);
    this.#buttons();
    this.#place(name);
    this.#tell(name);
    this.#changed();
  }

  /**
   * @param {string} name
   * @param {SVGGElement} mark
   * @param {PointerEvent} event
   */
  #drag(name, mark, event) {
    const matrix = this.#svg.getScreenCTM()?.inverse();
    if (matrix === undefined || event.button !== 0) return;
    event.preventDefault();
    mark.focus();
    mark.setPointerCapture(event.pointerId);
    const place = (/** @type {PointerEvent} */ now) => new DOMPoint(now.clientX, now.clientY).matrixTransform(matrix);
    const from = place(event);
    const [x, y] = this.#history.now[name] ?? [0, 0];
    this.#history.pause();
    const follow = (/** @type {PointerEvent} */ now) => {
      const to = place(now);
      this.#move(name, [x + to.x - from.x, y + to.y - from.y]);
    };
    const end = () => {
      mark.removeEventListener('pointermove', follow);
      this.#history.pause();
    };
    mark.addEventListener('pointermove', follow);
    mark.addEventListener('pointerup', end, { once: true });
    mark.addEventListener('pointercancel', end, { once: true });
  }

  /**
   * @param {string} name
   * @param {KeyboardEvent} event
   */
  #key(name, event) {
    const step = KEYS[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const [x, y] = this.#history.now[name] ?? [0, 0];
    const far = event.shiftKey ? FAR : 1;
    this.#move(name, [x + step[0] * far, y + step[1] * far]);
  }

  #takeBack() {
    if (this.#history.undo()) this.#back('Undone.');
  }

  #doAgain() {
    if (this.#history.redo()) this.#back('Done again.');
  }

  /** @param {string} words */
  #back(words) {
    this.#buttons();
    for (const name of Object.keys(this.#history.now)) this.#place(name);
    this.#told.textContent = words;
    this.#changed();
  }

  #buttons() {
    this.#history.show(this.#undo, this.#redo);
  }
}

/**
 * The editor in the page, where the product has points; null elsewhere.
 * @param {() => void} changed
 */
export const startPoints = (changed) => (document.getElementById('points') === null ? null : new Points(byId('points', HTMLElement), changed));
