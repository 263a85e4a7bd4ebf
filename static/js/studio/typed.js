/** What has to be typed about a new product: its fields, how they are read, and what is wrong with them. */

import { element, icon } from '../elements.js';
import { call } from './api.js';
import { SKU, slugOf } from './slug.js';

/** Something that was typed wrong, and where. */
export class Wrong extends Error {
  /**
   * @param {string} sentence
   * @param {HTMLElement | null} input
   */
  constructor(sentence, input) {
    super(sentence);
    this.input = input;
  }
}

/**
 * Name and sku; the sku follows the name until somebody types one.
 * @param {string} name
 */
export function naming(name) {
  const words = element('input', { name: 'name', type: 'text', value: name, maxlength: '120', required: '', autocomplete: 'off' });
  const sku = element('input', { name: 'sku', type: 'text', value: slugOf(name), maxlength: '64', required: '', autocomplete: 'off', spellcheck: 'false', autocapitalize: 'none' });
  let own = false;
  words.addEventListener('input', () => {
    if (!own) sku.value = slugOf(words.value);
  });
  sku.addEventListener('input', () => {
    own = sku.value !== '';
  });
  return [labelled('Name', words), labelled('Sku', sku, 'Small letters, digits and dashes. It stands in addresses and stays.')];
}

/**
 * The sku of a new product, checked. Throws Wrong.
 * @param {FormData} fields
 * @param {HTMLFormElement} form
 */
export function named(fields, form) {
  const [name, sku] = [String(fields.get('name') ?? '').trim(), String(fields.get('sku') ?? '').trim()];
  if (name === '') throw new Wrong('Give it a name.', form.querySelector('[name=name]'));
  if (!SKU.test(sku)) throw new Wrong('A sku has small letters, digits and dashes, such as panto-honey.', form.querySelector('[name=sku]'));
  return { sku };
}

/**
 * @param {string} words
 * @param {HTMLElement} input
 * @param {string} [hint]
 */
export function labelled(words, input, hint) {
  return element('label', {}, words, input, ...(hint === undefined ? [] : [element('small', {}, hint)]));
}

/** @param {string} sentence */
export function problem(sentence) {
  return element('p', { class: 'said bad', role: 'alert' }, icon('warn'), element('span', {}, sentence));
}

export function sizes() {
  const box = (/** @type {string} */ name, /** @type {string} */ words, /** @type {string} */ like) =>
    element('label', {}, words, element('input', { name, type: 'number', inputmode: 'decimal', step: '0.1', min: '5', max: '200', placeholder: like, required: '' }));
  return element(
    'fieldset',
    { class: 'sizes' },
    element('legend', {}, 'The numbers inside the temple, in mm'),
    element('div', {}, box('lens', 'Lens', '52'), element('span', { 'aria-hidden': 'true' }, '□'), box('bridge', 'Bridge', '18'), element('span', { 'aria-hidden': 'true' }, '–'), box('temple', 'Temple', '140')),
    element('small', {}, 'Printed like 52□18 140. They give the frame its true size.'),
  );
}

export function side() {
  return labelled('A photo of the side, if you have one', element('input', { name: 'side', type: 'file', accept: '.jpg,.jpeg,.png' }), 'Without it, temples are made as such frames usually have them.');
}

/**
 * Throws Wrong.
 * @param {FormData} fields
 * @param {HTMLFormElement} form
 */
export function sizeTold(fields, form) {
  const told = ['lens', 'bridge', 'temple'].map((name) => {
    const text = String(fields.get(name) ?? '').trim();
    if (!/^\d{1,3}(\.\d)?$/.test(text)) throw new Wrong('All three numbers are needed: lens, bridge, temple.', form.querySelector(`[name=${name}]`));
    return text;
  });
  return told.join('-');
}

/** @param {number} bytes */
export function sizeOf(bytes) {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/**
 * Whether a product of this sku is there already, put away or not.
 * @param {string} sku
 */
async function isTaken(sku) {
  for (const state of ['', '&state=archived']) {
    const { items } = (await call('GET', `products?limit=200&q=${encodeURIComponent(sku)}${state}`)).body;
    if (items.some((/** @type {{ sku: string }} */ item) => item.sku === sku)) return true;
  }
  return false;
}

/**
 * Throws Wrong where the sku is in use: what is new must not take the place of what is there.
 * @param {string} sku
 * @param {HTMLFormElement} form
 */
export async function checkFree(sku, form) {
  if (!(await isTaken(sku))) return;
  throw new Wrong(
    `There is a product ${sku} already. Take another sku, or change that one on its own page.`,
    form.querySelector('[name=sku]'),
  );
}
