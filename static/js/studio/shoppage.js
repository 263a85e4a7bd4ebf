/** The shop's page: colours that are the mirror's own, and the logo. */

import { byId } from '../elements.js';
import { leave } from './after.js';
import { call, upload } from './api.js';
import { ask } from './ask.js';
import { tell } from './trouble.js';

const form = byId('shop', HTMLFormElement);
for (const own of form.querySelectorAll('input[name^="own-"]')) {
  const color = own.closest('.shop-colour')?.querySelector('input[type="color"]');
  // Choosing a colour means it, before this is loaded, too.
  if (own instanceof HTMLInputElement && color instanceof HTMLInputElement) {
    color.addEventListener('input', () => (own.checked = false));
    if (color.value !== color.defaultValue) own.checked = false;
  }
}

const box = byId('logo', HTMLElement);
const state = byId('logo-state', HTMLElement);
const version = box.dataset['version'] ?? '0';
const input = box.querySelector('input');
const remove = box.querySelector('button');

/**
 * Does it, and shows the page anew.
 * @param {() => Promise<unknown>} act
 * @param {string} said
 */
async function done(act, said) {
  try {
    await act();
    leave(said, '#logo input');
    location.reload();
  } catch (error) {
    state.textContent = '';
    await tell(error);
  }
}

if (input !== null) {
  input.closest('label')?.removeAttribute('hidden');
  input.addEventListener('change', () => {
    const file = input.files?.[0];
    input.value = '';
    if (file === undefined) return;
    state.textContent = 'Uploading…';
    void done(async () => {
      const sent = await upload(file, () => undefined, new AbortController().signal);
      await call('PUT', 'storefront/logo', { body: { upload: sent.id }, version });
    }, 'That is your logo now.');
  });
}
if (remove !== null) {
  remove.hidden = false;
  remove.addEventListener('click', async () => {
    if (await ask('Remove the logo? The title takes its place.', 'Remove it', true)) {
      void done(() => call('DELETE', 'storefront/logo', { version }), 'The logo is gone.');
    }
  });
}
