/** One picture of a frame with its points, moved by pointer or by arrow keys along what the picture shows. */

import { axisOf, mmOf, seenAt } from './pinhole.js';

/** @typedef {import('./pinhole.js').Camera} Camera */
/** @typedef {import('./pinhole.js').Mm} Mm */
/** @typedef {import('./pinhole.js').Px} Px */
/** @typedef {{ view: string, jpeg: string, width_px: number, height_px: number, camera: Camera | null }} Picture */

const SVG = 'http://www.w3.org/2000/svg';
const ARROWS = /** @type {Readonly<Record<string, Px>>} */ ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] });
const STEP_MM = 0.5;
const FAR_MM = 2;
// On the screen, whatever the picture's own pixels are: a finger takes 44 across.
const RADIUS_PX = 6;
const REACH_PX = 22;
export const MOVE_MAX_MM = 20;
// Which points a view can move, and along which axes of product space a point counts.
const SHOWN = /** @type {Readonly<Record<string, string[]>>} */ ({
  front: ['right_hinge', 'right_lens', 'nose', 'left_lens', 'left_hinge'],
  side: ['nose', 'right_hinge'],
  top: ['right_hinge', 'nose', 'left_hinge'],
  turned: [],
});
const COUNTS = /** @type {Readonly<Record<string, number[]>>} */ ({ left_hinge: [0, 2], right_hinge: [0, 2], left_lens: [0, 1], right_lens: [0, 1], nose: [0, 1, 2] });
const WAYS = [
  ['to the wearer’s left', 'to the wearer’s right'],
  ['up', 'down'],
  ['forward', 'back'],
];

/** @param {string} name */
export const nameOfPoint = (name) => (name === 'nose' ? 'Nose point' : `${name.charAt(0).toUpperCase()}${name.slice(1).replace('_', ' ')}`);

/**
 * How far a point was moved, in words.
 * @param {Mm} move
 */
export function wordsOfMove(move) {
  const parts = move.flatMap((mm, axis) => (mm === 0 ? [] : [`${Math.abs(mm)} mm ${WAYS[axis]?.[mm > 0 ? 0 : 1]}`]));
  return parts.length === 0 ? 'where it was found' : parts.join(', ');
}

/** @param {number} mm */
export const inSteps = (mm) => Math.round(Math.min(Math.max(mm, -MOVE_MAX_MM), MOVE_MAX_MM) * 10) / 10 || 0;

export class Stage {
  #svg;
  #image;
  #onMove;
  #onTell;
  #onPause;
  /** @type {Picture | null} */
  #picture = null;
  /** @type {Record<string, Mm>} */
  #found = {};
  /** @type {Record<string, Mm>} */
  #moves = {};
  /** @type {Map<string, SVGGElement>} */
  #marks = new Map();
  #held = '';

  /**
   * @param {HTMLElement} place
   * @param {{ move: (name: string, to: Mm) => void, tell: (words: string) => void, pause: () => void }} heard
   */
  constructor(place, heard) {
    this.#onMove = heard.move;
    this.#onTell = heard.tell;
    this.#onPause = heard.pause;
    this.#svg = document.createElementNS(SVG, 'svg');
    this.#svg.setAttribute('role', 'group');
    this.#svg.setAttribute('aria-label', 'The frame and its points');
    this.#image = document.createElementNS(SVG, 'image');
    this.#svg.append(this.#image);
    place.append(this.#svg);
    new ResizeObserver(() => this.#fit()).observe(this.#svg);
  }

  /**
   * @param {Picture} picture
   * @param {Record<string, Mm>} found where the points are before they are moved
   * @param {Record<string, Mm>} moves
   */
  show(picture, found, moves) {
    const same = this.#picture?.view === picture.view && Object.keys(found).join() === Object.keys(this.#found).join();
    this.#picture = picture;
    this.#found = found;
    this.#svg.setAttribute('viewBox', `0 0 ${picture.width_px} ${picture.height_px}`);
    this.#image.setAttribute('width', String(picture.width_px));
    this.#image.setAttribute('height', String(picture.height_px));
    this.#image.setAttribute('href', `data:image/jpeg;base64,${picture.jpeg}`);
    if (!same) this.#draw();
    this.moved(moves);
  }

  /** @param {Record<string, Mm>} moves */
  moved(moves) {
    this.#moves = moves;
    for (const name of this.#marks.keys()) this.#place(name);
  }

  #draw() {
    const focused = [...this.#marks].find(([, mark]) => mark === document.activeElement)?.[0];
    for (const mark of this.#marks.values()) mark.remove();
    this.#marks.clear();
    for (const name of SHOWN[this.#picture?.view ?? ''] ?? []) {
      if (this.#found[name] === undefined) continue;
      const mark = document.createElementNS(SVG, 'g');
      mark.setAttribute('class', 'point');
      mark.setAttribute('tabindex', '0');
      mark.setAttribute('role', 'button');
      mark.setAttribute('data-point', name);
      for (const kind of ['reach', 'dot']) {
        const circle = document.createElementNS(SVG, 'circle');
        circle.setAttribute('class', kind);
        mark.append(circle);
      }
      mark.addEventListener('pointerdown', (event) => this.#drag(name, mark, event));
      mark.addEventListener('keydown', (event) => this.#key(name, event));
      mark.addEventListener('focus', () => this.#tell(name));
      mark.addEventListener('blur', () => this.#onPause());
      this.#marks.set(name, mark);
      this.#svg.append(mark);
      if (name === focused) mark.focus();
    }
    this.#fit();
  }

  #fit() {
    const times = (this.#picture?.width_px ?? 0) / Math.max(this.#svg.clientWidth, 1);
    for (const mark of this.#marks.values()) {
      mark.querySelector('.reach')?.setAttribute('r', String(REACH_PX * times));
      mark.querySelector('.dot')?.setAttribute('r', String(RADIUS_PX * times));
    }
  }

  /** @param {string} name */
  #at(name) {
    const [found, move] = /** @type {[Mm, Mm]} */ ([this.#found[name] ?? [0, 0, 0], this.#moves[name] ?? [0, 0, 0]]);
    return /** @type {Mm} */ ([found[0] + move[0], found[1] + move[1], found[2] + move[2]]);
  }

  /** @param {string} name */
  #place(name) {
    const camera = this.#picture?.camera;
    if (camera === undefined || camera === null) return;
    const [x, y] = seenAt(camera, this.#at(name));
    const mark = this.#marks.get(name);
    mark?.setAttribute('transform', `translate(${x} ${y})`);
    mark?.setAttribute('aria-label', `${nameOfPoint(name)}, ${wordsOfMove(this.#moves[name] ?? [0, 0, 0])}`);
    mark?.classList.toggle('held', name === this.#held);
  }

  /** @param {string} name */
  #tell(name) {
    this.#onTell(`${nameOfPoint(name)}: ${wordsOfMove(this.#moves[name] ?? [0, 0, 0])}.`);
  }

  /**
   * @param {string} name
   * @param {Mm} from
   * @param {Mm} by
   */
  #move(name, from, by) {
    const counts = COUNTS[name] ?? [];
    const to = /** @type {Mm} */ ([0, 1, 2].map((axis) => (counts.includes(axis) ? inSteps((from[axis] ?? 0) + (by[axis] ?? 0)) : 0)));
    this.#onMove(name, to);
    this.#tell(name);
  }

  /**
   * @param {string} name
   * @param {SVGGElement} mark
   * @param {PointerEvent} event
   */
  #drag(name, mark, event) {
    const matrix = this.#svg.getScreenCTM()?.inverse();
    const camera = this.#picture?.camera;
    if (matrix === undefined || camera === undefined || camera === null || event.button !== 0) return;
    event.preventDefault();
    mark.focus();
    mark.setPointerCapture(event.pointerId);
    const place = (/** @type {PointerEvent} */ now) => new DOMPoint(now.clientX, now.clientY).matrixTransform(matrix);
    const [start, at, from] = [place(event), this.#at(name), this.#moves[name] ?? /** @type {Mm} */ ([0, 0, 0])];
    this.#onPause();
    this.#held = name;
    const follow = (/** @type {PointerEvent} */ now) => {
      const to = place(now);
      this.#move(name, from, mmOf(camera, at, [to.x - start.x, to.y - start.y]));
    };
    const end = () => {
      mark.removeEventListener('pointermove', follow);
      this.#held = '';
      this.#place(name);
      this.#onPause();
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
    const arrow = ARROWS[event.key];
    const camera = this.#picture?.camera;
    if (arrow === undefined || camera === undefined || camera === null || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const axis = axisOf(camera, arrow);
    const far = event.shiftKey ? FAR_MM : STEP_MM;
    this.#move(name, this.#moves[name] ?? [0, 0, 0], /** @type {Mm} */ (axis.map((one) => one * far)));
  }
}
