/** One product's page: its fields, saved with their version; what becomes of it; earlier versions. */

import { byId } from '../elements.js';
import { leave, placeOf } from './after.js';
import { call, Refused } from './api.js';
import { ask, say } from './ask.js';
import { changes, DIMENSION, draftOf, fieldsOf, isAdjustment, merged, POINT, SHADE } from './fields.js';
import { startFrame } from './frameeditor.js';
import { fitChoices } from './makeupform.js';
import { askMerge } from './merge.js';
import { priceOf, written } from './money.js';
import { startPoints } from './points.js';
import { Shades } from './shades.js';
import { sentenceOf, tell } from './trouble.js';
import { startTurntable } from './turntable.js';
import { problem, Wrong } from './typed.js';

/** @typedef {import('./fields.js').Draft} Draft */
/** @typedef {import('./fields.js').Fields} Fields */

const page = byId('product', HTMLElement);
const sku = page.dataset['sku'] ?? '';
let version = page.dataset['version'] ?? '';
const form = document.getElementById('fields');
/** @type {Record<string, number>} */
const odd = JSON.parse(page.dataset['odd'] ?? '{}');
const turntable = document.querySelector('.turntable');
if (turntable instanceof HTMLElement) startTurntable(turntable);

/** @param {any} price */
const money = (price) => `${written(price, odd)} ${price.currency}`;

if (form instanceof HTMLFormElement) edit(form);
actions();

/** @param {HTMLFormElement} form */
function edit(form) {
  /** @type {Draft} */
  const draft = JSON.parse(form.dataset['draft'] ?? '{}');
  const who = { sku, kind: String(draft.definition['kind']) };
  let base = fieldsOf(draft);
  /** @param {string} name */
  const control = (name) => {
    const found = form.elements.namedItem(name);
    return found instanceof HTMLInputElement || found instanceof HTMLSelectElement || found instanceof HTMLTextAreaElement ? found : null;
  };

  const bar = byId('save-bar', HTMLElement);
  const words = byId('save-words', HTMLElement);
  const problems = byId('save-problems', HTMLElement);
  const save = byId('save', HTMLButtonElement);
  const place = document.getElementById('shades');
  const shades = place === null ? null : new Shades(place, draft.definition['shades'] ?? [], () => changed());
  const points = startPoints(() => changed());
  const frame = startFrame(sku, () => changed());
  const coverage = form.elements.namedItem('coverage');
  if (form.dataset['rules'] !== undefined) fitChoices(form, JSON.parse(form.dataset['rules']));
  write(base);
  // What is typed before this would be lost.
  form.querySelector('fieldset[data-mine]')?.removeAttribute('disabled');

  /**
   * What the form says. Throws Wrong.
   * @returns {Fields}
   */
  function read() {
    const fields = { ...base };
    const name = control('name')?.value.trim() ?? '';
    if (name === '') throw new Wrong('Give it a name.', control('name'));
    fields['name'] = name;
    const description = control('description')?.value.trim() ?? '';
    fields['description'] = description === '' ? undefined : description;
    fields['link'] = control('link')?.value.trim() ?? '';
    const tags = (control('tags')?.value ?? '').split(',').map((tag) => tag.trim().toLowerCase());
    fields['tags'] = [...new Set(tags.filter((tag) => tag !== ''))];
    try {
      fields['price'] = priceOf(control('amount')?.value ?? '', control('currency')?.value ?? '', odd);
    } catch (error) {
      throw new Wrong(sentenceOf(error), control('amount'));
    }
    for (const input of form.querySelectorAll('input[data-dimension]')) {
      if (!(input instanceof HTMLInputElement)) continue;
      const text = input.value.trim();
      if (text !== '' && !(Number(text) > 0 && Number(text) <= 1000)) throw new Wrong('A size is a number of millimetres.', input);
      fields[DIMENSION + input.dataset['dimension']] = text === '' ? undefined : Number(text);
    }
    for (const choice of ['finish', 'template']) if (control(choice) !== null) fields[choice] = control(choice)?.value;
    if (base['template'] === undefined && fields['template'] === form.dataset['firstTemplate']) fields['template'] = undefined;
    if (coverage instanceof HTMLInputElement) fields['coverage'] = Number(coverage.value);
    if (shades !== null) {
      for (const field of Object.keys(fields)) if (field.startsWith(SHADE)) delete fields[field];
      const rows = shades.values();
      if (rows.length === 0) throw new Wrong('A makeup product needs a shade.', place?.querySelector('button') ?? null);
      for (const shade of rows) fields[SHADE + shade.id] = shade;
    }
    for (const [name, at] of Object.entries(points?.values() ?? {})) fields[POINT + name] = at;
    if (frame !== null) {
      for (const field of Object.keys(fields)) if (isAdjustment(field)) delete fields[field];
      Object.assign(fields, frame.values());
    }
    return fields;
  }

  /** @param {Fields} fields */
  function write(fields) {
    const told = draftOf(fields, who);
    /** @type {Record<string, string>} */
    const values = {
      name: String(told.definition['name']),
      description: String(told.definition['description'] ?? ''),
      link: told.link,
      tags: told.tags.join(', '),
      amount: written(told.price, odd),
      currency: told.price?.currency ?? control('currency')?.value ?? 'EUR',
      finish: String(told.definition['finish'] ?? ''),
      template: String(told.definition['template'] ?? form.dataset['firstTemplate'] ?? ''),
      coverage: String(told.definition['coverage'] ?? ''),
    };
    for (const [name, value] of Object.entries(values)) {
      const input = control(name);
      if (input !== null) input.value = value;
    }
    for (const input of form.querySelectorAll('input[data-dimension]')) {
      if (input instanceof HTMLInputElement) input.value = String(told.definition['dimensions_mm']?.[input.dataset['dimension'] ?? ''] ?? '');
    }
    shades?.set(told.definition['shades'] ?? []);
    points?.set(told.definition['points'] ?? {});
    frame?.set(told.definition['adjustment']);
    showCoverage();
  }

  function showCoverage() {
    const told = document.getElementById('coverage-told');
    if (!(coverage instanceof HTMLInputElement) || told === null) return;
    told.textContent = `${Math.round(Number(coverage.value) * 100)} %`;
    coverage.style.setProperty('--filled', `${Number(coverage.value) * 100}%`);
  }

  const differs = () => {
    try {
      return changes(base, read(), base).length > 0;
    } catch {
      return true;
    }
  };

  function changed() {
    showCoverage();
    bar.hidden = !differs();
    words.textContent = 'Not saved yet';
    problems.replaceChildren();
    tellUnsaved();
  }

  /** Whoever shows the product shows it as it would be; what cannot be read yet is told of later. */
  function tellUnsaved() {
    try {
      page.dispatchEvent(new CustomEvent('unsaved', { detail: bar.hidden ? null : draftOf(read(), who) }));
    } catch (error) {
      if (!(error instanceof Wrong)) throw error;
    }
  }

  form.addEventListener('input', changed);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void send();
  });
  byId('discard', HTMLButtonElement).addEventListener('click', () => {
    write(base);
    changed();
    const back = here === '' ? null : document.querySelector(here);
    if (back instanceof HTMLElement || back instanceof SVGElement) back.focus();
    else control('name')?.focus();
  });
  // Where somebody worked last: there the keyboard goes on once all is saved.
  let here = '';
  page.addEventListener('focusin', (event) => {
    if (event.target instanceof Element && !bar.contains(event.target)) here = placeOf(event.target) || here;
  });
  document.addEventListener('keydown', (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || event.key.toLowerCase() !== 's') return;
    event.preventDefault();
    if (document.querySelector('dialog[open]') !== null || save.disabled) return;
    if (bar.hidden) say('There is nothing to save.');
    else form.requestSubmit();
  });
  window.addEventListener('beforeunload', (event) => {
    if (!bar.hidden) event.preventDefault();
  });

  async function send() {
    problems.replaceChildren();
    save.disabled = true;
    words.textContent = 'Saving';
    try {
      await put(read());
    } catch (error) {
      words.textContent = 'Not saved';
      if (error instanceof Refused && error.status === 409) await meet();
      else if (error instanceof Wrong || (error instanceof Refused && error.status === 422)) {
        problems.replaceChildren(problem(sentenceOf(error)));
        problems.scrollIntoView({ block: 'nearest' });
        if (error instanceof Wrong) error.input?.focus();
      } else await tell(error);
    } finally {
      save.disabled = false;
    }
  }

  /** @param {Fields} fields */
  async function put(fields) {
    await call('PUT', `products/${sku}`, { body: draftOf(fields, who), version });
    bar.hidden = true;
    leave('Saved. Shoppers see it once you publish it.', here);
    location.reload();
  }

  /** Both versions at once; whoever comes third starts over. */
  async function meet() {
    try {
      const theirs = (await call('GET', `products/${sku}`)).body;
      const [mine, other] = [read(), fieldsOf(theirs)];
      const found = changes(base, mine, other);
      if (found.length === 0) {
        location.reload();
        return;
      }
      const chosen = await askMerge(found, money);
      if (chosen === null) return;
      const together = merged(other, found, chosen);
      version = String(theirs.version);
      base = other;
      write(together);
      changed();
      await send();
    } catch (error) {
      await tell(error);
    }
  }
}

function actions() {
  const tryOn = document.getElementById('try');
  tryOn?.addEventListener('click', (event) => {
    if (document.getElementById('save-bar')?.hidden !== false) return;
    event.preventDefault();
    say('Save or discard your changes first: what is saved is tried on.', true);
    document.getElementById('save')?.focus();
  });
  for (const button of document.querySelectorAll('button[data-act]')) {
    if (!(button instanceof HTMLButtonElement)) continue;
    button.addEventListener('click', async () => {
      const unsaved = document.getElementById('save-bar')?.hidden === false;
      if (unsaved && button.dataset['act'] !== 'delete') {
        say('Save or discard your changes first.', true);
        document.getElementById('save')?.focus();
        return;
      }
      const question = button.dataset['ask'];
      if (question !== undefined && !(await ask(question, button.textContent?.trim() ?? 'Go on', button.dataset['act'] === 'delete'))) return;
      button.disabled = true;
      try {
        await act(button);
      } catch (error) {
        button.disabled = false;
        if (error instanceof Refused && error.status === 409) {
          if (await ask('Look at it again? Somebody else has changed this product since the page was opened. Nothing was done.', 'Load the page')) location.reload();
        } else await tell(error);
      }
    });
    // Until somebody listens, a click would be lost.
    button.disabled = false;
  }
}

/** @param {HTMLButtonElement} button */
async function act(button) {
  const deed = button.dataset['act'] ?? '';
  if (deed === 'delete') {
    await call('DELETE', `products/${sku}`, { version });
    leave('', 'main h1');
    location.assign('/studio/products?done=deleted');
    return;
  }
  if (deed === 'rollback' || deed === 'show-again') {
    const { version: now } = await call('POST', `products/${sku}/rollback`, { body: { edition: Number(button.dataset['edition']) }, version });
    if (deed === 'show-again') await call('POST', `products/${sku}/publish`, { version: now });
  } else {
    await call('POST', `products/${sku}/${deed}`, { version });
  }
  leave(button.dataset['done'] ?? 'Done.', deed === 'publish' ? '#see' : '', 'main h1');
  location.reload();
}
