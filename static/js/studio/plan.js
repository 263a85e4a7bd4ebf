/** What is planned for a product: in the reader's own time, one more, or one less. */

import { byId } from '../elements.js';
import { leave } from './after.js';
import { call, Refused } from './api.js';
import { ask } from './ask.js';
import { inWords } from './moment.js';
import { sentenceOf, tell } from './trouble.js';
import { problem } from './typed.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const words = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'short' });

const page = byId('product', HTMLElement);
const [sku, version] = [page.dataset['sku'] ?? '', page.dataset['version'] ?? ''];

for (const button of document.querySelectorAll('button[data-cancel]')) {
  if (!(button instanceof HTMLButtonElement)) continue;
  button.addEventListener('click', async () => {
    button.disabled = true;
    try {
      await call('DELETE', `products/${sku}/schedule/${button.dataset['cancel']}`);
      leave(button.textContent === 'Cancel' ? 'It is planned no longer.' : 'Forgotten.', '#plan [name="act"]', '#later-title');
      location.reload();
    } catch (error) {
      button.disabled = false;
      await tell(error);
    }
  });
  button.disabled = false;
}

const form = document.getElementById('plan');
if (form instanceof HTMLFormElement) start(form);

/** @param {HTMLFormElement} form */
function start(form) {
  const [at, act] = [form.elements.namedItem('at'), form.elements.namedItem('act')];
  const button = form.querySelector('button');
  const problems = byId('plan-problem', HTMLElement);
  if (!(at instanceof HTMLInputElement) || !(act instanceof HTMLSelectElement) || button === null) return;
  byId('plan-zone', HTMLElement).textContent = `In your time: ${Intl.DateTimeFormat().resolvedOptions().timeZone}.`;
  // The next full hour but one; the field wants it in its reader's time.
  at.value = local(Math.ceil(Date.now() / HOUR_MS + 1) * HOUR_MS);
  at.min = local(Date.now());
  button.disabled = false;

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    problems.replaceChildren();
    if (document.getElementById('save-bar')?.hidden === false) {
      problems.replaceChildren(problem('Save or discard your changes first.'));
      document.getElementById('save')?.focus();
      return;
    }
    // A time that the change of clocks skips, or has twice, is what the browser takes it for, and is told so.
    const moment = new Date(at.value);
    if (at.value === '' || Number.isNaN(moment.getTime())) {
      problems.replaceChildren(problem('Choose a day and a time.'));
      at.focus();
      return;
    }
    if (local(moment.getTime()) !== at.value) {
      const question = `Plan it for ${inWords(moment)}? The clocks skip the time that you chose.`;
      if (!(await ask(question, 'Plan it'))) return;
    }
    button.disabled = true;
    try {
      await call('PUT', `products/${sku}/schedule/${act.value}`, { body: { at_ms: moment.getTime() }, version });
      leave(`Planned for ${words.format(moment)}.`, `[data-cancel="${act.value}"]`);
      location.reload();
    } catch (error) {
      button.disabled = false;
      if (error instanceof Refused && error.status === 422) problems.replaceChildren(problem(sentenceOf(error)));
      else if (error instanceof Refused && error.status === 409) {
        if (await ask('Look at it again? Somebody else has changed this product since the page was opened. Nothing was planned.', 'Load the page')) location.reload();
      } else await tell(error);
    }
  });
}

/**
 * As a datetime-local field has it.
 * @param {number} ms
 */
function local(ms) {
  const off = new Date(ms).getTimezoneOffset() * MINUTE_MS;
  return new Date(ms - off).toISOString().slice(0, 16);
}
