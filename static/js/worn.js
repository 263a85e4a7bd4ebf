/** What can be changed about the worn product of one kind: its shade or lenses, its strength, the lenses' power. */

import { element } from './elements.js';
import { Roving } from './roving.js';

/** @typedef {import('./catalogue.js').Group} Group */
/** @typedef {import('./catalogue.js').Product} Product */
/** @typedef {import('./look.js').LookItem} LookItem */

/** A lipstick at its full strength hides the lip's own texture; this is what a first try should look like. */
const FIRST_STRENGTH = 0.8;

/** Photochromic lenses come on as they are indoors, where people try them. */
const INDOORS = 0;

/** Dioptres that the slider goes to; what few wear beyond them a link may still ask for. */
const POWER_RANGE = 8;

/**
 * The item with what its product needs: a shade it has, a strength if its kind has one.
 * @param {Group} group
 * @param {Product} product
 * @param {LookItem} item
 * @returns {LookItem}
 */
export function completed(group, product, item) {
  /** @type {LookItem} */
  const whole = { sku: product.sku };
  const shade = product.shades.find((candidate) => candidate.id === item.shade) ?? product.shades[0];
  if (shade !== undefined) whole.shade = shade.id;
  if (group.graded) whole.strength = item.strength ?? FIRST_STRENGTH;
  if (shade !== undefined && product.photochromic.includes(shade.id)) whole.strength = item.strength ?? INDOORS;
  if (product.prescription && item.power) whole.power = item.power;
  return whole;
}

export class WornDetail {
  element = element('div', { class: 'detail', hidden: '' });
  #group;
  #onChange;
  /** What is built: a slider must not be rebuilt under the finger that moves it. */
  #sku = '';
  /** @type {HTMLButtonElement[]} */
  #radios = [];
  /** @type {Roving | null} */
  #roving = null;
  #shadeName = element('span', { class: 'shade-name' });
  /** @type {HTMLInputElement | null} */
  #slider = null;
  #percent = element('output', {});
  /** @type {HTMLElement | null} */
  #strengthField = null;
  /** @type {HTMLInputElement | null} */
  #power = null;
  #dioptres = element('output', {});

  /**
   * @param {Group} group
   * @param {(change: Partial<LookItem>) => void} onChange
   */
  constructor(group, onChange) {
    this.#group = group;
    this.#onChange = onChange;
  }

  close() {
    this.#roving?.close();
    this.#roving = null;
  }

  /** @param {LookItem | undefined} item undefined: nothing of this kind is worn */
  show(item) {
    const product = this.#group.products.find((candidate) => candidate.sku === item?.sku);
    if (this.#sku !== (product?.sku ?? '')) this.#rebuild(product);
    if (item === undefined || product === undefined) return;
    for (const radio of this.#radios) {
      const chosen = radio.dataset['shade'] === item.shade;
      radio.setAttribute('aria-checked', String(chosen));
      if (chosen) this.#roving?.stop(radio);
    }
    this.#shadeName.textContent = product.shades.find((shade) => shade.id === item.shade)?.name ?? '';
    if (this.#strengthField !== null) this.#strengthField.hidden = item.strength === undefined;
    if (this.#slider !== null) this.#showStrength(this.#slider, item.strength ?? (this.#group.graded ? FIRST_STRENGTH : INDOORS));
    if (this.#power !== null) this.#showPower(this.#power, item.power ?? 0);
  }

  /** @param {Product | undefined} product */
  #rebuild(product) {
    this.close();
    this.#sku = product?.sku ?? '';
    this.#radios = [];
    this.#slider = null;
    this.#strengthField = null;
    this.#power = null;
    this.element.replaceChildren();
    this.element.hidden = product === undefined;
    if (product === undefined) return;
    this.element.append(element('p', { class: 'about' }, element('strong', {}, product.name), product.description));
    if (product.shades.length > 0) this.element.append(this.#buildShades(product));
    if (this.#group.graded) this.element.append(this.#buildStrength('Strength'));
    else if (product.photochromic.length > 0) this.element.append(this.#buildStrength('Indoors to outdoors'));
    if (product.prescription) this.element.append(this.#buildPower());
  }

  /** @param {Product} product */
  #buildShades(product) {
    this.#radios = product.shades.map((shade) => {
      const radio = element('button', {
        class: 'swatch',
        type: 'button',
        role: 'radio',
        'aria-label': shade.name,
        title: shade.name,
        'data-shade': shade.id,
      });
      radio.style.setProperty('--swatch', shade.swatch);
      radio.addEventListener('click', () => this.#onChange({ shade: shade.id }));
      return radio;
    });
    const titleId = `shades-${this.#group.kind}`;
    const list = element('div', { class: 'swatches', role: 'radiogroup', 'aria-labelledby': titleId }, ...this.#radios);
    this.#roving = new Roving(list, this.#radios, (radio) => radio.click());
    return element(
      'div',
      { class: 'field' },
      element('p', { class: 'label' }, element('span', { id: titleId }, this.#group.kind === 'eyewear' ? 'Lenses' : 'Shade'), this.#shadeName),
      list,
    );
  }

  #buildPower() {
    const id = `power-${this.#group.kind}`;
    const slider = element('input', { id, type: 'range', min: String(-POWER_RANGE), max: String(POWER_RANGE), step: '0.25' });
    slider.addEventListener('input', () => this.#onChange({ power: Number(slider.value) }));
    this.#power = slider;
    this.#dioptres.setAttribute('for', id);
    return element(
      'div',
      { class: 'field' },
      element('p', { class: 'label' }, element('label', { for: id }, 'Prescription, as others see it'), this.#dioptres),
      slider,
    );
  }

  /**
   * @param {HTMLInputElement} slider
   * @param {number} power in dioptres
   */
  #showPower(slider, power) {
    if (Number(slider.value) !== power) slider.value = String(power);
    slider.style.setProperty('--filled', `${(power / POWER_RANGE + 1) * 50}%`);
    const text = power === 0 ? 'none' : `${power > 0 ? '+' : '\u2212'}${Math.abs(power).toFixed(2)} D`;
    slider.setAttribute('aria-valuetext', power === 0 ? 'none' : `${power} dioptres`);
    this.#dioptres.value = text;
  }

  /** @param {string} label */
  #buildStrength(label) {
    const id = `strength-${this.#group.kind}`;
    const slider = element('input', { id, type: 'range', min: '0', max: '100', step: '5' });
    slider.addEventListener('input', () => this.#onChange({ strength: Number(slider.value) / 100 }));
    this.#slider = slider;
    this.#percent.setAttribute('for', id);
    this.#strengthField = element(
      'div',
      { class: 'field' },
      element('p', { class: 'label' }, element('label', { for: id }, label), this.#percent),
      slider,
    );
    return this.#strengthField;
  }

  /**
   * @param {HTMLInputElement} slider
   * @param {number} strength
   */
  #showStrength(slider, strength) {
    const percent = Math.round(strength * 100);
    if (Number(slider.value) !== percent) slider.value = String(percent);
    slider.style.setProperty('--filled', `${percent}%`);
    slider.setAttribute('aria-valuetext', `${percent} percent`);
    this.#percent.value = `${percent} %`;
  }
}
