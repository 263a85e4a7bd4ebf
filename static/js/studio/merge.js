/** Somebody else was quicker: both versions beside each other, and one of them for each thing that differs. */

import { element } from '../elements.js';
import { DIMENSION, isAdjustment, LENS, MATERIAL, MOVED, POINT, SHADE, SIZE } from './fields.js';
import { wordsOfMove } from './stage.js';

/** @typedef {import('./fields.js').Change} Change */

/** @type {Readonly<Record<string, string>>} */
const NAMES = { name: 'Name', description: 'Description', link: 'Link', price: 'Price', tags: 'Tags', finish: 'Finish', template: 'Style', coverage: 'Coverage', type: 'Type' };

/** @param {string} field */
export function fieldName(field) {
  if (field.startsWith(DIMENSION)) return wordsOf(field.slice(DIMENSION.length).replace(/_mm$/, ''));
  if (field.startsWith(SHADE)) return `Shade ${field.slice(SHADE.length)}`;
  if (field.startsWith(POINT)) return `Point ${wordsOf(field.slice(POINT.length)).toLowerCase()}`;
  if (field.startsWith(MOVED)) return `${wordsOf(field.slice(MOVED.length))} point`;
  if (field.startsWith(SIZE)) return `${wordsOf(field.slice(SIZE.length).replace(/_mm$/, ''))} in mm`;
  if (field.startsWith(MATERIAL)) return `Material ${field.slice(MATERIAL.length)}`;
  if (field === LENS) return 'Lenses';
  return NAMES[field] ?? wordsOf(field);
}

/** @param {string} name */
const wordsOf = (name) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll('_', ' ');

/**
 * A value for people.
 * @param {unknown} value
 * @param {(price: any) => string} money
 * @returns {string}
 */
export function told(value, money) {
  if (value === undefined || value === null || value === '') return 'none';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map((one) => told(one, money)).join(', ');
  if (typeof value === 'object') {
    const about = /** @type {Record<string, unknown>} */ (value);
    if ('minor' in about) return money(about);
    if ('color' in about && 'name' in about) return `${about['name']} ${about['color']}`;
    const parts = Object.entries(about).filter(([, one]) => one !== null && one !== undefined);
    return parts.map(([name, one]) => `${wordsOf(name).toLowerCase()} ${told(one, money)}`).join(', ');
  }
  return typeof value === 'number' ? String(Math.round(value * 100) / 100) : String(value);
}

/**
 * A field's value for people: what was changed about a frame by hand is told against what was found.
 * @param {string} field
 * @param {unknown} value
 * @param {(price: any) => string} money
 */
export function toldOf(field, value, money) {
  if (value === undefined && isAdjustment(field)) return 'as found';
  if (field.startsWith(MOVED)) return wordsOfMove(/** @type {[number, number, number]} */ (value));
  if (field === LENS && value !== undefined) return lensTold(/** @type {Record<string, any>} */ (value));
  return told(value, money);
}

/** @type {Readonly<Record<string, string>>} */
const LENSES = { clear: 'clear', solid: 'one tint', gradient: 'a gradient', mirror: 'mirrored' };

/** @param {Record<string, any>} lens */
function lensTold(lens) {
  const parts = [LENSES[lens['type']] ?? String(lens['type'])];
  if (lens['color'] && lens['type'] !== 'clear') parts.push(lens['color']);
  if (typeof lens['transmission_percent'] === 'number') {
    const low = typeof lens['low_percent'] === 'number' ? ` to ${lens['low_percent']}` : '';
    parts.push(`${lens['transmission_percent']}${low} % of the light passes`);
  }
  if (lens['mirror']) parts.push(`mirror ${lens['mirror']}`);
  if (lens['anti_reflection'] && lens['anti_reflection'] !== 'none') parts.push(`${lens['anti_reflection']} coating`);
  return parts.join(', ');
}

/**
 * What was chosen, or null for going on with the form as it is.
 * @param {Change[]} changes
 * @param {(price: any) => string} money
 * @returns {Promise<ReadonlyMap<string, 'mine' | 'theirs'> | null>}
 */
export function askMerge(changes, money) {
  const both = changes.filter((change) => change.by === 'both').length;
  const rows = changes.map((change, number) => {
    const pick = (/** @type {'mine' | 'theirs'} */ side) => {
      const input = element('input', { type: 'radio', name: `merge-${number}`, value: side, required: '' });
      input.checked = change.by === side;
      return element('label', { class: 'merge-side' }, input, element('span', {}, toldOf(change.field, change[side], money)));
    };
    return element(
      'fieldset',
      { class: change.by === 'both' ? 'merge-row clash' : 'merge-row' },
      element('legend', {}, fieldName(change.field), ...(change.by === 'both' ? [' ', element('span', { class: 'badge changed' }, 'Both changed it')] : [])),
      element('div', { class: 'merge-sides' }, pick('mine'), pick('theirs')),
    );
  });
  const explained =
    both === 0
      ? 'You changed different things, so both can stay. What is chosen below is saved together.'
      : `${both === 1 ? 'One thing was' : `${both} things were`} changed by both of you: choose which one counts.`;
  const dialog = element(
    'dialog',
    { class: 'merge', 'aria-labelledby': 'merge-title' },
    element(
      'form',
      { method: 'dialog' },
      element('h2', { id: 'merge-title' }, 'Somebody else saved this meanwhile'),
      element('p', {}, explained),
      element('div', { class: 'merge-head', 'aria-hidden': 'true' }, element('span', {}, 'Yours'), element('span', {}, 'Theirs')),
      element('div', { class: 'merge-rows' }, ...rows),
      element(
        'div',
        { class: 'row end' },
        element('button', { class: 'button', value: 'no', formnovalidate: '' }, 'Go on editing'),
        element('button', { class: 'button primary', value: 'save' }, 'Save what is chosen'),
      ),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      /** @type {Map<string, 'mine' | 'theirs'>} */
      const chosen = new Map();
      changes.forEach((change, number) => {
        const side = dialog.querySelector(`input[name=merge-${number}]:checked`);
        if (side instanceof HTMLInputElement) chosen.set(change.field, side.value === 'mine' ? 'mine' : 'theirs');
      });
      dialog.remove();
      resolve(dialog.returnValue === 'save' ? chosen : null);
    });
  });
}
