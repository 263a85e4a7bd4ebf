/** Makeup from colours: a type, a finish, how much it covers, and shades. */

import { byId, element } from '../elements.js';
import { call } from './api.js';
import { follow, reportOf, stepOf } from './jobs.js';
import { Shades } from './shades.js';
import { slugOf } from './slug.js';
import { askDoor, sentenceOf } from './trouble.js';
import { checkFree, named, problem, Wrong } from './typed.js';

/** @typedef {Record<string, { finishes: string[], templates: string[] }>} Rules */

/**
 * The finishes and templates that a type may have, in its lists.
 * @param {HTMLFormElement} form
 * @param {Rules} rules
 */
export function fitChoices(form, rules) {
  const rule = rules[String(new FormData(form).get('type'))];
  if (rule === undefined) return;
  for (const [name, choices] of /** @type {[string, string[]][]} */ ([['finish', rule.finishes], ['template', rule.templates]])) {
    const select = form.querySelector(`select[name=${name}]`);
    if (!(select instanceof HTMLSelectElement)) continue;
    const before = select.value;
    select.replaceChildren(...choices.map((choice) => element('option', { value: choice }, wordsOf(choice))));
    if (choices.includes(before)) select.value = before;
    const label = select.closest('label');
    if (label !== null) label.hidden = choices.length < 2;
  }
}

/** @param {string} name */
export const wordsOf = (name) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll('_', ' ');

/**
 * @param {HTMLFormElement} form
 * @param {boolean} mayPublish
 */
export function startMakeup(form, mayPublish) {
  /** @type {Rules} */
  const rules = JSON.parse(form.dataset['rules'] ?? '{}');
  const name = /** @type {HTMLInputElement} */ (form.elements.namedItem('name'));
  const sku = /** @type {HTMLInputElement} */ (form.elements.namedItem('sku'));
  const type = /** @type {HTMLSelectElement} */ (form.elements.namedItem('type'));
  const coverage = /** @type {HTMLInputElement} */ (form.elements.namedItem('coverage'));
  const told = byId('coverage-told', HTMLElement);
  const outcome = byId('makeup-outcome', HTMLElement);
  const go = byId('makeup-go', HTMLButtonElement);
  const shades = new Shades(byId('makeup-shades', HTMLElement), [{ color: '#b3121d', name: '' }]);
  let own = false;
  let once = crypto.randomUUID();
  name.addEventListener('input', () => {
    if (!own) sku.value = slugOf(name.value);
  });
  sku.addEventListener('input', () => {
    own = sku.value !== '';
  });
  type.addEventListener('change', () => fitChoices(form, rules));
  const show = () => {
    told.textContent = `${Math.round(Number(coverage.value) * 100)} %`;
    coverage.style.setProperty('--filled', `${Number(coverage.value) * 100}%`);
  };
  coverage.addEventListener('input', show);
  show();
  fitChoices(form, rules);

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    outcome.replaceChildren();
    go.disabled = true;
    try {
      const fields = new FormData(form);
      const order = named(fields, form);
      if (shades.values().length === 0) throw new Wrong('A product needs a shade.', form.querySelector('.shade-rows + button'));
      await checkFree(order.sku, form);
      /** @type {Record<string, unknown>} */
      const definition = {
        name: String(fields.get('name')).trim(),
        type: fields.get('type'),
        finish: fields.get('finish'),
        coverage: Number(fields.get('coverage')),
      };
      if (fields.get('template') !== null) definition['template'] = fields.get('template');
      const body = { kind: 'makeup-shades', publish: mayPublish && fields.get('publish') === 'on', ...order, definition, shades: shades.values() };
      const job = (await call('POST', 'jobs', { body, once })).body;
      const step = element('p', { class: 'soft', role: 'status' }, stepOf(job));
      outcome.replaceChildren(step);
      const over = await follow(job, (now) => step.replaceChildren(stepOf(now)), new AbortController().signal);
      if (over.state === 'done') {
        location.assign(`/studio/products/${order.sku}`);
        return;
      }
      outcome.replaceChildren(reportOf(over));
      once = crypto.randomUUID();
    } catch (error) {
      once = crypto.randomUUID();
      if (await askDoor(error)) return;
      outcome.replaceChildren(problem(sentenceOf(error)));
      if (error instanceof Wrong) error.input?.focus();
    } finally {
      go.disabled = false;
    }
  });
}
