/** One file on its way to being a product: its upload, what has to be known, the job, the report. */

import { element, icon } from '../elements.js';
import { call, upload } from './api.js';
import { follow, isOver, refusedRows, reportOf, stepOf } from './jobs.js';
import { nameOf } from './slug.js';
import { askDoor, sentenceOf } from './trouble.js';
import { checkFree, labelled, named, naming, problem, side, sizeOf, sizes, sizeTold, Wrong } from './typed.js';

/** @typedef {'eyewear-glb' | 'eyewear-photo' | 'garment-photo' | 'makeup-csv' | 'products-zip'} Kind */
/** @type {Readonly<Record<string, Kind>>} */
const KINDS = { glb: 'eyewear-glb', jpg: 'eyewear-photo', jpeg: 'eyewear-photo', png: 'eyewear-photo', csv: 'makeup-csv', zip: 'products-zip' };
const PICTURES = { 'eyewear-glb': 'cube', 'eyewear-photo': 'photo', 'garment-photo': 'photo', 'makeup-csv': 'table', 'products-zip': 'table' };
const TITLES = { 'eyewear-glb': 'A frame from a 3-D model', 'eyewear-photo': 'A frame from a photo', 'garment-photo': 'A garment from a photo', 'makeup-csv': 'Makeup from a table', 'products-zip': 'Many products' };
/** Where what a file of many products made is looked at. */
/** @type {Readonly<Record<string, string>>} */
const MANY = { 'makeup-csv': '/studio/products?kind=makeup', 'products-zip': '/studio/products' };
/** @type {Readonly<Record<string, string>>} */
const CUTS = { t_shirt: 'T-shirt', polo: 'Polo shirt', shirt: 'Shirt', blouse: 'Blouse', sweater: 'Sweater', hoodie: 'Hoodie', jacket: 'Jacket', tank: 'Tank top', dress: 'Dress', skirt: 'Skirt', trousers: 'Trousers' };
const GLASSES = 'glasses';

/**
 * What is made of a file of this name; null where nothing can be.
 * @param {string} name
 * @returns {Kind | null}
 */
export const kindOf = (name) => KINDS[/\.([^.]+)$/.exec(name.toLowerCase())?.[1] ?? ''] ?? null;

/**
 * Whether a file of this kind makes products of its own, however many.
 * @param {Kind} kind
 */
export const isMany = (kind) => kind in MANY;

/**
 * A card leaves the page; a keyboard that was on it goes on at the next one, or where files are chosen.
 * @param {HTMLElement} card
 */
export function takeAway(card) {
  const had = card.contains(document.activeElement);
  const next = (card.nextElementSibling ?? card.previousElementSibling)?.querySelector('header button');
  card.remove();
  if (had) (next instanceof HTMLElement ? next : document.getElementById('choose'))?.focus();
}

export class FileCard {
  element;
  #kind;
  #file;
  #stop = new AbortController();
  /** @type {Promise<string>} */
  #uploaded;
  #bar;
  #step;
  #form;
  #go;
  #outcome;
  #replaces;
  #mayPublish;
  #title;
  /** One order each, however often its button is pressed. */
  #once = crypto.randomUUID();

  /**
   * @param {File} file
   * @param {Kind} kind
   * @param {{ mayPublish: boolean, replaces: string, kind: string }} about ``replaces`` is the sku of a product that
   *   gets a new file, ``kind`` what it is
   */
  constructor(file, kind, { mayPublish, replaces, kind: ofProduct }) {
    this.#file = file;
    this.#kind = ofProduct === 'garment' ? 'garment-photo' : kind;
    this.#replaces = replaces;
    this.#mayPublish = mayPublish;
    this.#bar = element('progress', { max: '1', value: '0', 'aria-label': `How far ${file.name} is` });
    this.#step = element('p', { class: 'soft', role: 'status' }, 'Uploading');
    this.#go = element('button', { type: 'submit', class: 'button primary' }, 'Make it');
    this.#form = this.#makeForm();
    this.#outcome = element('div', { class: 'outcome' });
    this.#title = element('p', { class: 'soft' });
    this.#entitle();
    const away = element('button', { type: 'button', class: 'round', 'aria-label': `Leave ${file.name} out` }, icon('cross'));
    away.addEventListener('click', () => this.close());
    this.element = element(
      'section',
      { class: 'panel file-card', 'aria-label': file.name },
      element(
        'header',
        {},
        icon(PICTURES[kind]),
        element('div', {}, element('strong', {}, file.name), this.#title),
        away,
      ),
      element('div', { class: 'file-progress' }, this.#bar, this.#step),
      this.#form,
      this.#outcome,
    );
    this.#uploaded = this.#send();
  }

  #entitle() {
    this.#title.textContent = `${TITLES[this.#kind]}, ${sizeOf(this.#file.size)}`;
  }

  /** Stops what can still be stopped. */
  close() {
    this.#stop.abort();
    takeAway(this.element);
  }

  async #send() {
    try {
      const kept = await upload(this.#file, (fraction) => this.#show(fraction, 'Uploading'), this.#stop.signal);
      this.#show(1, 'Uploaded. It is on the server for good.');
      return kept.id;
    } catch (error) {
      if (!this.#stop.signal.aborted) await this.#uploadFailed(error);
      return '';
    }
  }

  /** @param {unknown} error */
  async #uploadFailed(error) {
    this.#show(0, 'The upload broke off.');
    if (await askDoor(error)) return;
    const again = element('button', { type: 'button', class: 'button' }, 'Send it again');
    this.#outcome.replaceChildren(problem(sentenceOf(error)), again);
    again.addEventListener('click', () => {
      this.#outcome.replaceChildren();
      this.#uploaded = this.#send();
    });
  }

  /**
   * @param {number} fraction
   * @param {string} words
   */
  #show(fraction, words) {
    this.#bar.value = fraction;
    if (this.#step.textContent !== words) this.#step.textContent = words;
  }

  #makeForm() {
    const form = element('form', { class: 'fields two', novalidate: '' });
    if (!isMany(this.#kind) && this.#replaces === '') form.append(...naming(nameOf(this.#file.name)));
    if (this.#kind === 'eyewear-glb' && this.#replaces === '') {
      form.append(
        labelled('Width in mm, if you know it', element('input', { name: 'width', type: 'number', min: '90', max: '200', step: '0.1', inputmode: 'decimal', placeholder: '142' }), 'From hinge to hinge, outside. It tells whether the model is in the right unit.'),
      );
    }
    if (this.#kind === 'eyewear-photo') this.#askOfPhoto(form);
    if (this.#mayPublish) {
      form.append(element('label', { class: 'check' }, element('input', { type: 'checkbox', name: 'publish' }), element('span', {}, 'Publish at once, if nothing is refused')));
    }
    form.append(element('div', { class: 'row' }, this.#go));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#order();
    });
    return form;
  }

  /**
   * What a photo shows, and of glasses what it cannot tell.
   * @param {HTMLFormElement} form
   */
  #askOfPhoto(form) {
    const ofGlasses = [sizes(), side()];
    if (this.#replaces === '') {
      const shows = element('select', { name: 'shows' });
      shows.append(element('option', { value: GLASSES }, 'Glasses'));
      for (const [cut, words] of Object.entries(CUTS)) shows.append(element('option', { value: cut }, words));
      const flat = element('small', { hidden: '' }, 'Laid flat, from above, on plain ground that contrasts with all of it.');
      form.append(element('label', {}, 'The photo shows', shows, flat));
      shows.addEventListener('change', () => {
        const glasses = shows.value === GLASSES;
        this.#kind = glasses ? 'eyewear-photo' : 'garment-photo';
        for (const part of ofGlasses) part.hidden = !glasses;
        flat.hidden = glasses;
        this.#entitle();
      });
    }
    form.append(...ofGlasses);
  }

  async #order() {
    this.#outcome.replaceChildren();
    this.#go.disabled = true;
    try {
      const fields = new FormData(this.#form);
      const about = this.#asked(fields);
      if (!isMany(this.#kind) && this.#replaces === '') await checkFree(String(about['sku']), this.#form);
      // Where the upload broke off, this sends it again.
      const id = (await this.#uploaded) || (await (this.#uploaded = this.#send()));
      if (id === '') return;
      const sideFile = this.#kind === 'eyewear-photo' ? fields.get('side') : null;
      /** @type {Record<string, unknown>} */
      const more = {};
      if (sideFile instanceof File && sideFile.size > 0) {
        more['side'] = (await upload(sideFile, (fraction) => this.#show(fraction, 'Uploading the side'), this.#stop.signal)).id;
      }
      const order = { kind: this.#kind, upload: id, publish: fields.get('publish') === 'on', ...about, ...more };
      const { body } = await call('POST', 'jobs', { body: order, once: this.#once });
      await this.#watch(body);
    } catch (error) {
      this.#once = crypto.randomUUID();
      if (await askDoor(error)) return;
      this.#outcome.replaceChildren(problem(sentenceOf(error)));
      if (error instanceof Wrong) error.input?.focus();
    } finally {
      this.#go.disabled = false;
    }
  }

  /**
   * What the form says, as an order. Throws Wrong.
   * @param {FormData} fields
   * @returns {Record<string, unknown>}
   */
  #asked(fields) {
    if (isMany(this.#kind)) return {};
    /** @type {Record<string, unknown>} */
    const order = this.#replaces === '' ? named(fields, this.#form) : { sku: this.#replaces };
    if (this.#kind === 'eyewear-photo') order['size'] = sizeTold(fields, this.#form);
    if (this.#replaces === '') {
      /** @type {Record<string, unknown>} */
      const definition = { sku: order['sku'], kind: 'eyewear', name: String(fields.get('name')).trim() };
      if (this.#kind === 'garment-photo') Object.assign(definition, { kind: 'garment', cut: fields.get('shows') });
      const width = String(fields.get('width') ?? '').trim();
      if (width !== '') definition['dimensions_mm'] = { total_width_mm: Number(width) };
      order['product'] = { definition };
    }
    return order;
  }

  /** @param {import('./jobs.js').Job} job */
  async #watch(job) {
    // A button that vanishes would take the keyboard with it.
    this.#step.tabIndex = -1;
    this.#step.focus({ preventScroll: true });
    this.#form.hidden = true;
    if (isMany(this.#kind)) this.#outcome.replaceChildren(element('p', { class: 'soft' }, 'This goes on by itself; you may leave the page. The list of products shows how far it is.'));
    this.#show(job.fraction, stepOf(job));
    const over = await follow(job, (now) => this.#show(now.fraction, stepOf(now)), this.#stop.signal);
    if (!isOver(over)) return;
    this.#show(over.state === 'done' ? 1 : 0, over.state === 'done' ? 'Done' : 'It did not become a product');
    const rows = await refusedRows(over);
    this.#outcome.replaceChildren(reportOf(over), ...(rows === null ? [] : [rows]));
    const way = element('div', { class: 'row' });
    if (over.state === 'done' && !isMany(this.#kind)) {
      const sku = String(over.order['sku']);
      this.#outcome.prepend(element('img', { class: 'outcome-picture', src: `/v1/products/${sku}/files/thumbnail.png`, alt: 'How it looks', width: '320', height: '240' }));
      way.append(element('a', { class: 'button primary', href: `/studio/products/${sku}` }, 'Look at it'));
    } else if (over.state === 'done') {
      way.append(element('a', { class: 'button primary', href: MANY[this.#kind] ?? '/studio/products' }, 'Look at them'));
    } else {
      const again = element('button', { type: 'button', class: 'button' }, 'Change what you typed');
      again.addEventListener('click', () => {
        this.#once = crypto.randomUUID();
        this.#form.hidden = false;
        this.#outcome.replaceChildren();
        this.#show(1, 'Uploaded. It is on the server for good.');
        this.#form.querySelector('input')?.focus();
      });
      const other = element('button', { type: 'button', class: 'button primary' }, 'Choose another file');
      other.addEventListener('click', () => {
        this.close();
        document.getElementById('choose')?.click();
      });
      way.append(...(over.state === 'refused' ? [other] : []), again);
    }
    this.#outcome.append(way);
    const first = way.querySelector('a, button');
    first?.scrollIntoView({ block: 'nearest' });
    // Whoever waited for it goes on from here; whoever is in another card meanwhile stays there.
    if (first instanceof HTMLElement && document.activeElement === this.#step) first.focus();
  }
}
