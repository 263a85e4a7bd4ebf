/** Model pictures: one more with its release, or one less. */

import { byId } from '../elements.js';
import { leave, placeOf } from './after.js';
import { call, Refused, upload } from './api.js';
import { ask } from './ask.js';
import { sentenceOf, tell } from './trouble.js';
import { problem } from './typed.js';

for (const button of document.querySelectorAll('button[data-delete]')) {
  if (!(button instanceof HTMLButtonElement)) continue;
  button.addEventListener('click', async () => {
    const question = `Delete the picture of ${button.dataset['name']}? The picture and its release go for good, from the disk, too.`;
    if (!(await ask(question, 'Delete', true))) return;
    button.disabled = true;
    try {
      await call('DELETE', `models/${button.dataset['delete']}`);
      const next = button.closest('li')?.nextElementSibling?.querySelector('button[data-delete]') ?? null;
      leave('The picture and its release are deleted.', placeOf(next), 'main h1');
      location.reload();
    } catch (error) {
      button.disabled = false;
      await tell(error);
    }
  });
  // Until somebody listens, a click would be lost.
  button.disabled = false;
}

const form = document.getElementById('add-model');
if (form instanceof HTMLFormElement) start(form);

/** @param {HTMLFormElement} form */
function start(form) {
  const [problems, state] = [byId('add-problem', HTMLElement), byId('add-state', HTMLElement)];
  const button = form.querySelector('button[type="submit"]');
  if (!(button instanceof HTMLButtonElement)) return;
  button.disabled = false;

  /** @param {string} name */
  const control = (name) => {
    const found = form.elements.namedItem(name);
    return found instanceof HTMLInputElement || found instanceof HTMLTextAreaElement ? found : null;
  };

  /**
   * What is missing, as a sentence, and where.
   * @returns {[string, HTMLElement | null] | null}
   */
  function missing() {
    const file = control('file');
    if (!(file instanceof HTMLInputElement) || (file.files?.length ?? 0) === 0) return ['Choose a picture.', file];
    if (control('name')?.value.trim() === '') return ['Say who is in the picture.', control('name')];
    if (control('signed_on')?.value === '') return ['Say on which day the release was signed.', control('signed_on')];
    const granted = control('granted');
    if (granted instanceof HTMLInputElement && !granted.checked) return ['Without the person’s agreement the picture cannot be used.', granted];
    return null;
  }

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    problems.replaceChildren();
    const lacking = missing();
    if (lacking !== null) {
      problems.replaceChildren(problem(lacking[0]));
      lacking[1]?.focus();
      return;
    }
    const file = /** @type {HTMLInputElement} */ (control('file')).files?.[0];
    if (file === undefined) return;
    button.disabled = true;
    state.textContent = 'Uploading';
    try {
      const sent = await upload(file, (part) => (state.textContent = `Uploading ${Math.round(100 * part)} %`), new AbortController().signal);
      const release = {
        name: control('name')?.value.trim() ?? '',
        signed_on: control('signed_on')?.value ?? '',
        expires_on: control('expires_on')?.value || null,
        terms: control('terms')?.value.trim() ?? '',
        granted: true,
      };
      state.textContent = 'Reading the picture';
      await add(sent.id, release);
      leave('Added. Products are shown on this person, too.', 'main h1');
      location.reload();
    } catch (error) {
      state.textContent = '';
      button.disabled = false;
      if (error instanceof Refused && [413, 422].includes(error.status)) problems.replaceChildren(problem(sentenceOf(error)));
      else await tell(error);
    }
  });
}

/**
 * An upload that is refused is not left behind: it is somebody's picture.
 * @param {string} id
 * @param {Record<string, unknown>} release
 */
async function add(id, release) {
  try {
    await call('POST', 'models', { body: { upload: id, release } });
  } catch (error) {
    await call('DELETE', `uploads/${id}`).catch(() => undefined);
    throw error;
  }
}
