/** What can be changed about the worn product of one kind: its shade or lenses, finish, style, strength, the lenses' power. */

import { titled } from './catalogue.js';
import { element, icon } from './elements.js';
import { Roving } from './roving.js';
import { number, say, told } from './words.js';

/** @typedef {import('./catalogue.js').Group} Group */
/** @typedef {import('./catalogue.js').Product} Product */
/** @typedef {import('./look.js').LookItem} LookItem */
/** @typedef {Omit<Partial<LookItem>, 'shade'> & { shade?: string | undefined }} Change without a shade: the shopper's own */

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
 * @param {Change} item
 * @returns {LookItem}
 */
export function completed(group, product, item) {
  /** @type {LookItem} */
  const whole = { sku: product.sku };
  const chosen = product.shades.find((candidate) => candidate.id === item.shade);
  // Somebody else's foundation is a mask: until one is chosen the mirror takes the shade of the shopper's own skin.
  const shade = chosen ?? (product.matched ? undefined : product.shades[0]);
  if (shade !== undefined) whole.shade = shade.id;
  if (group.graded) whole.strength = item.strength ?? FIRST_STRENGTH;
  if (shade !== undefined && product.photochromic.includes(shade.id)) whole.strength = item.strength ?? INDOORS;
  if (product.prescription && item.power) whole.power = item.power;
  if (item.finish !== undefined && item.finish !== product.finish && product.finishes.includes(item.finish)) whole.finish = item.finish;
  if (item.template !== undefined && item.template !== product.template && product.templates.includes(item.template)) {
    whole.template = item.template;
  }
  return whole;
}

export class WornDetail {
  element = element('div', { class: 'detail', hidden: '' });
  #group;
  #onChange;
  #onCompare;
  /** What is built: a slider must not be rebuilt under the finger that moves it. */
  #sku = '';
  /** @type {HTMLButtonElement[]} */
  #radios = [];
  /** @type {Roving[]} */
  #rovings = [];
  /** @type {Choice[]} */
  #choices = [];
  /** @type {HTMLButtonElement | null} */
  #compare = null;
  /** @type {HTMLElement | null} */
  #otherField = null;
  /** @type {HTMLElement | null} */
  #matchHint = null;
  /** @type {HTMLButtonElement[]} */
  #others = [];
  #otherName = element('span', { class: 'other-name' });
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
   * @param {(change: Change) => void} onChange
   * @param {(shades: string[] | null) => void} onCompare shades to be seen side by side, or no longer
   */
  constructor(group, onChange, onCompare) {
    this.#group = group;
    this.#onChange = onChange;
    this.#onCompare = onCompare;
  }

  close() {
    for (const roving of this.#rovings) roving.close();
    this.#rovings = [];
  }

  /**
   * @param {LookItem | undefined} item undefined: nothing of this kind is worn
   * @param {readonly string[]} beside its shades that are seen side by side, if any
   * @param {string} [matched] the shade that the shopper's own skin decides, where it does
   */
  show(item, beside = [], matched = undefined) {
    const product = this.#group.products.find((candidate) => candidate.sku === item?.sku);
    if (this.#sku !== (product?.sku ?? '')) this.#rebuild(product);
    if (item === undefined || product === undefined) return;
    this.#check(this.#radios, 'shade', item.shade ?? '');
    this.#shadeName.textContent = shadeNameOf(product, item.shade, matched);
    if (this.#matchHint !== null) this.#matchHint.hidden = item.shade !== undefined;
    for (const { radios, name, usual } of this.#choices) this.#check(radios, name, item[name] ?? usual);
    this.#showCompare(product, item, beside);
    if (this.#strengthField !== null) this.#strengthField.hidden = item.strength === undefined;
    if (this.#slider !== null) this.#showStrength(this.#slider, item.strength ?? (this.#group.graded ? FIRST_STRENGTH : INDOORS));
    if (this.#power !== null) this.#showPower(this.#power, item.power ?? 0);
  }

  /**
   * @param {HTMLButtonElement[]} radios
   * @param {string} name
   * @param {string | undefined} value
   */
  #check(radios, name, value) {
    for (const radio of radios) {
      const chosen = radio.dataset[name] === value;
      radio.setAttribute('aria-checked', String(chosen));
      if (chosen) for (const roving of this.#rovings) roving.stop(radio);
    }
  }

  /**
   * @param {Product} product
   * @param {LookItem} item
   * @param {readonly string[]} beside
   */
  #showCompare(product, item, beside) {
    if (this.#compare === null || this.#otherField === null) return;
    this.#compare.hidden = item.shade === undefined; // two that are named are compared
    const other = beside.find((shade) => shade !== item.shade) ?? '';
    const comparing = beside.length === 2 && other !== '';
    this.#compare.setAttribute('aria-pressed', String(comparing));
    this.#otherField.hidden = !comparing;
    this.#check(this.#others, 'other', other);
    this.#otherName.textContent = product.shades.find((shade) => shade.id === other)?.name ?? '';
    this.#compare.onclick = () => {
      const next = product.shades[(product.shades.findIndex((shade) => shade.id === item.shade) + 1) % product.shades.length];
      this.#onCompare(comparing || next === undefined ? null : [item.shade ?? '', next.id]);
    };
    for (const radio of this.#others) {
      radio.hidden = radio.dataset['other'] === item.shade;
      radio.onclick = () => this.#onCompare([item.shade ?? '', radio.dataset['other'] ?? '']);
    }
  }

  /** @param {Product | undefined} product */
  #rebuild(product) {
    this.close();
    this.#sku = product?.sku ?? '';
    this.#radios = [];
    this.#choices = [];
    this.#others = [];
    this.#compare = this.#otherField = this.#matchHint = null;
    this.#slider = null;
    this.#strengthField = null;
    this.#power = null;
    this.element.replaceChildren();
    this.element.hidden = product === undefined;
    if (product === undefined) return;
    this.element.append(element('p', { class: 'about' }, element('strong', {}, product.name), product.description));
    if (product.shades.length > 0) this.element.append(this.#buildShades(product));
    if (product.finishes.length > 1) this.element.append(this.#buildChoice(say('tray.finish'), 'finish', product.finish, product.finishes));
    if (product.templates.length > 1) this.element.append(this.#buildChoice(say('tray.style'), 'template', product.template, product.templates));
    if (this.#group.graded) this.element.append(this.#buildStrength(say('tray.strength')));
    else if (product.photochromic.length > 0) this.element.append(this.#buildStrength(say('tray.indoors')));
    if (product.prescription) this.element.append(this.#buildPower());
    if (this.#group.graded && product.shades.length > 1) this.element.append(...this.#buildCompare(product));
  }

  /** @param {Product} product */
  #buildShades(product) {
    this.#radios = product.shades.map((shade) => swatchRadio(shade, 'shade'));
    if (product.matched) this.#radios.unshift(matchRadio());
    for (const radio of this.#radios) {
      radio.addEventListener('click', () => this.#onChange({ shade: radio.dataset['shade'] || undefined }));
    }
    const title = this.#group.kind === 'eyewear' ? say('tray.lenses') : say('tray.shade');
    const field = this.#radioField(`shades-${this.#group.kind}`, title, this.#shadeName, 'swatches', this.#radios);
    if (product.matched) field.append((this.#matchHint = element('p', { class: 'about' }, say('tray.match_hint'))));
    return field;
  }

  /**
   * @param {string} title
   * @param {'finish' | 'template'} name
   * @param {string} usual
   * @param {readonly string[]} values
   */
  #buildChoice(title, name, usual, values) {
    const radios = values.map((value) => {
      const radio = element('button', { class: 'chip', type: 'button', role: 'radio', [`data-${name}`]: value }, choiceOf(name, value));
      radio.addEventListener('click', () => this.#onChange({ [name]: value }));
      return radio;
    });
    this.#choices.push({ name, usual, radios });
    return this.#radioField(`${name}-${this.#group.kind}`, title, element('span', {}), 'chips', radios);
  }

  /** @param {Product} product */
  #buildCompare(product) {
    this.#compare = element('button', { class: 'quiet compare-shades', type: 'button', 'aria-pressed': 'false' }, say('tray.compare'));
    this.#others = product.shades.map((shade) => swatchRadio(shade, 'other'));
    this.#otherField = this.#radioField(`other-${this.#group.kind}`, say('tray.other'), this.#otherName, 'swatches', this.#others);
    return [this.#compare, this.#otherField];
  }

  /**
   * @param {string} id
   * @param {string} title
   * @param {HTMLElement} aside
   * @param {string} className
   * @param {HTMLButtonElement[]} radios
   */
  #radioField(id, title, aside, className, radios) {
    const list = element('div', { class: className, role: 'radiogroup', 'aria-labelledby': id }, ...radios);
    this.#rovings.push(new Roving(list, radios, (radio) => radio.click()));
    return element('div', { class: 'field' }, element('p', { class: 'label' }, element('span', { id }, title), aside), list);
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
      element('p', { class: 'label' }, element('label', { for: id }, say('tray.prescription')), this.#dioptres),
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
    const signed = `${power > 0 ? '+' : '\u2212'}${number(Math.abs(power), 2)}`;
    const text = power === 0 ? say('tray.no_power') : say('tray.power', { value: signed });
    slider.setAttribute('aria-valuetext', power === 0 ? text : say('tray.power_spoken', { count: power }));
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
    slider.setAttribute('aria-valuetext', say('tray.percent_spoken', { value: percent }));
    this.#percent.value = say('tray.percent', { value: percent });
  }
}

/**
 * @param {'finish' | 'template'} name
 * @param {string} value
 */
function choiceOf(name, value) {
  return name === 'finish' ? told(`finish.${value}`, titled(value)) : told(`style.${value}`, titled(value));
}

/**
 * @typedef {object} Choice
 * @property {'finish' | 'template'} name
 * @property {string} usual
 * @property {HTMLButtonElement[]} radios
 */

/**
 * @param {import('./catalogue.js').Shade} shade
 * @param {string} name of the data attribute that carries its id
 * @returns {HTMLButtonElement}
 */
function swatchRadio(shade, name) {
  const radio = element('button', {
    class: 'swatch',
    type: 'button',
    role: 'radio',
    'aria-label': shade.name,
    title: shade.name,
    [`data-${name}`]: shade.id,
  });
  radio.style.setProperty('--swatch', paintOf(shade));
  return radio;
}

/** The shopper's own shade, which the mirror finds. */
function matchRadio() {
  const name = say('tray.match');
  return element('button', { class: 'swatch own', type: 'button', role: 'radio', 'aria-label': name, title: name, 'data-shade': '' }, icon('person'));
}

/**
 * @param {Product} product
 * @param {string | undefined} shadeId
 * @param {string | undefined} matched the shade that the shopper's own skin decides, where it is known
 */
export function shadeNameOf(product, shadeId, matched) {
  const name = product.shades.find((shade) => shade.id === (shadeId ?? matched))?.name ?? '';
  if (shadeId !== undefined || !product.matched) return name;
  return name === '' ? say('tray.match') : say('tray.matched', { shade: name });
}

/**
 * A shade as a background: its colour, or the pans of a palette side by side.
 * @param {import('./catalogue.js').Shade} shade
 */
export function paintOf(shade) {
  const count = shade.tones.length;
  if (count < 2) return shade.swatch;
  const stops = shade.tones.map((tone, at) => `${tone} ${(at * 100) / count}% ${((at + 1) * 100) / count}%`);
  return `linear-gradient(to right, ${stops.join(', ')})`;
}
