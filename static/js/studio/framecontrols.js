/** What is typed and chosen about a frame: its sizes, its materials, its lenses. */

import { element } from '../elements.js';
import { LENS, MATERIAL, SIZE } from './fields.js';

/** @typedef {import('./fields.js').Fields} Fields */
/** @typedef {{ found_mm: number, now_mm: number }} Size */
/** @typedef {{ name: string, color: string, metallic: number, roughness: number, share: number }} Coat */
/** @typedef {{ color: string, transmission_percent: number }} SeenLens */
/** @typedef {{ sizes: Record<string, Size>, materials: Coat[], lens: SeenLens | null }} Found */
/** @typedef {(field: string, value: unknown, doing: string) => void} Change ``undefined`` is as it was found */

const SIZES = /** @type {Readonly<Record<string, string>>} */ ({
  total_width_mm: 'Whole width',
  lens_width_mm: 'Lens width',
  lens_height_mm: 'Lens height',
  bridge_mm: 'Bridge',
  temple_length_mm: 'Temple length',
});
// Screws and pads cover less, and nobody looks for them here.
const SHARE_MIN = 0.02;
const MATERIALS_MAX = 4;
const LENSES = /** @type {[string, string][]} */ ([['', 'As found'], ['clear', 'Clear'], ['solid', 'One tint'], ['gradient', 'Gradient'], ['mirror', 'Mirrored']]);
const COATS = /** @type {[string, string][]} */ ([['none', 'None'], ['green', 'Greenish'], ['violet', 'Violet']]);

/**
 * @param {[string, string][]} choices
 * @returns {HTMLSelectElement}
 */
const select = (choices) => element('select', {}, ...choices.map(([value, words]) => element('option', { value }, words)));

/**
 * The filled part of a slider.
 * @param {HTMLInputElement} range
 */
export function fill(range) {
  const [low, high] = [Number(range.min), Number(range.max)];
  range.style.setProperty('--filled', `${(100 * (Number(range.value) - low)) / (high - low)}%`);
}

/**
 * A labelled control.
 * @param {string} words
 * @param {HTMLElement} input
 */
const labelled = (words, input) => element('label', {}, element('span', {}, words), input);

export class FrameControls {
  #place;
  #change;
  /** @type {Found | null} */
  #found = null;
  #built = '';
  /** @type {((fields: Fields, all: boolean) => void)[]} */
  #shown = [];

  /**
   * @param {HTMLElement} place
   * @param {Change} change
   */
  constructor(place, change) {
    this.#place = place;
    this.#change = change;
  }

  /**
   * @param {Fields} fields
   * @param {Found} found
   */
  show(fields, found) {
    this.#found = found;
    const built = JSON.stringify([Object.keys(found.sizes), found.materials, found.lens]);
    if (built !== this.#built) {
      this.#built = built;
      this.#shown = [];
      this.#place.replaceChildren(this.#sizes(found), this.#materials(found), ...(found.lens === null ? [] : [this.#lens(found.lens)]));
    }
    this.set(fields);
  }

  /**
   * @param {Fields} fields
   * @param {boolean} [all] what is being typed is written over, too: it was taken back
   */
  set(fields, all = false) {
    for (const show of this.#shown) show(fields, all);
  }

  /** @param {Found} found */
  #sizes(found) {
    const rows = Object.keys(found.sizes).map((name) => {
      const input = element('input', { type: 'number', inputmode: 'decimal', min: '1', max: '400', step: '0.1', 'data-size': name });
      input.addEventListener('input', () => {
        const mm = Number(input.value);
        const own = this.#found?.sizes[name]?.found_mm;
        if (input.value.trim() === '' || mm === own) this.#change(SIZE + name, undefined, name);
        else if (mm > 0 && mm <= 400) this.#change(SIZE + name, mm, name);
      });
      const told = element('small', {});
      this.#shown.push((fields, all) => {
        const size = this.#found?.sizes[name];
        const set = fields[SIZE + name];
        if (all || document.activeElement !== input) input.value = String(set ?? size?.now_mm ?? '');
        told.textContent = set === undefined || size === undefined ? '' : `found ${size.found_mm}`;
      });
      return element('label', {}, element('span', {}, SIZES[name] ?? name), input, told);
    });
    return element(
      'fieldset',
      { class: 'plain dimensions' },
      element('legend', {}, 'Sizes in mm'),
      element('div', {}, ...rows),
      element('small', {}, 'The frame is made to these. A whole width by itself scales all of it.'),
    );
  }

  /** @param {Found} found */
  #materials(found) {
    const shown = found.materials.filter((coat) => coat.share >= SHARE_MIN).slice(0, MATERIALS_MAX);
    return element('fieldset', { class: 'plain' }, element('legend', {}, 'Materials'), ...shown.map((coat) => this.#material(coat)));
  }

  /** @param {Coat} coat */
  #material(coat) {
    const color = element('input', { type: 'color', 'aria-label': `Colour of ${coat.name}` });
    const between = coat.metallic > 0 && coat.metallic < 1;
    const kind = select([...(between ? /** @type {[string, string][]} */ ([[String(coat.metallic), 'As found']]) : []), ['0', 'Acetate, plastic'], ['1', 'Metal']]);
    kind.setAttribute('aria-label', `What ${coat.name} is`);
    const rough = element('input', { type: 'range', min: '0', max: '1', step: '0.01', 'aria-label': `How matt ${coat.name} is` });
    const change = () => {
      fill(rough);
      /** @type {Record<string, unknown>} */
      const surface = {};
      if (color.value !== coat.color) surface['color'] = color.value;
      if (Number(kind.value) !== coat.metallic) surface['metallic'] = Number(kind.value);
      if (Math.abs(Number(rough.value) - coat.roughness) > 0.005) surface['roughness'] = Number(rough.value);
      this.#change(MATERIAL + coat.name, Object.keys(surface).length === 0 ? undefined : surface, coat.name);
    };
    for (const input of [color, kind, rough]) input.addEventListener('input', change);
    this.#shown.push((fields) => {
      const set = /** @type {Partial<Coat>} */ (fields[MATERIAL + coat.name] ?? {});
      color.value = set.color ?? coat.color;
      kind.value = String(set.metallic ?? coat.metallic);
      rough.value = String(set.roughness ?? coat.roughness);
      fill(rough);
    });
    const gloss = element('div', { class: 'gloss' }, element('span', { 'aria-hidden': 'true' }, 'Polished'), rough, element('span', { 'aria-hidden': 'true' }, 'Matt'));
    return element('div', { class: 'coat' }, element('span', { class: 'coat-name' }, coat.name), color, kind, gloss);
  }

  /** @param {SeenLens} seen */
  #lens(seen) {
    const type = select(LENSES);
    const color = element('input', { type: 'color' });
    const top = element('input', { type: 'range', min: '1', max: '100', step: '1' });
    const low = element('input', { type: 'range', min: '1', max: '100', step: '1' });
    const mirror = element('input', { type: 'color' });
    const strength = element('input', { type: 'range', min: '0', max: '1', step: '0.01' });
    const coat = select(COATS);
    const topLabel = element('span', {});
    const lowLabel = element('span', {});
    const rows = {
      color: labelled('Tint', color),
      top: element('label', {}, topLabel, top),
      low: element('label', {}, lowLabel, low),
      mirror: labelled('Colour of the mirror', mirror),
      strength: labelled('How strong the mirror is', strength),
      coat: labelled('Coating against reflections', coat),
    };
    const fit = () => {
      const kind = type.value;
      rows.color.hidden = rows.top.hidden = kind === '' || kind === 'clear';
      rows.low.hidden = kind !== 'gradient';
      rows.mirror.hidden = rows.strength.hidden = kind !== 'mirror';
      rows.coat.hidden = kind === '' || kind === 'mirror';
      topLabel.textContent = `Light that passes${kind === 'gradient' ? ' at the top' : ''}: ${top.value} %`;
      lowLabel.textContent = `Light that passes below: ${low.value} %`;
      for (const range of [top, low, strength]) fill(range);
    };
    const change = (/** @type {Event} */ event) => {
      if (event.target === type && type.value !== '' && type.value !== 'clear' && Number(top.value) > 60) top.value = '20';
      fit();
      const kind = type.value;
      /** @type {Record<string, unknown>} */
      const lens = { type: kind };
      if (kind !== 'clear') Object.assign(lens, { color: color.value, transmission_percent: Number(top.value) });
      if (kind === 'gradient') lens['low_percent'] = Number(low.value);
      if (kind === 'mirror') Object.assign(lens, { mirror: mirror.value, mirror_strength: Number(strength.value) });
      else if (coat.value !== 'none') lens['anti_reflection'] = coat.value;
      this.#change(LENS, kind === '' ? undefined : lens, 'lens');
    };
    for (const input of [type, color, top, low, mirror, strength, coat]) input.addEventListener('input', change);
    this.#shown.push((fields) => {
      const set = /** @type {Record<string, any>} */ (fields[LENS] ?? {});
      type.value = set['type'] ?? '';
      color.value = set['color'] ?? seen.color;
      top.value = String(set['transmission_percent'] ?? Math.round(seen.transmission_percent));
      low.value = String(set['low_percent'] ?? 75);
      mirror.value = set['mirror'] ?? '#3f74c8';
      strength.value = String(set['mirror_strength'] ?? 0.35);
      coat.value = set['anti_reflection'] ?? 'none';
      fit();
    });
    return element('fieldset', { class: 'plain lens' }, element('legend', {}, 'Lenses'), labelled('Kind', type), ...Object.values(rows));
  }
}
