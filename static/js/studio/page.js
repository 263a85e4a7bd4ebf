/** What every page of the studio does: copy buttons, questions before what cannot be undone, times in the reader's zone. */

import { arrive } from './after.js';
import { ask } from './ask.js';
import { inWords } from './moment.js';
import './inview.js';

for (const button of document.querySelectorAll('button[data-copy]')) {
  if (!(button instanceof HTMLButtonElement)) continue;
  button.hidden = false;
  button.addEventListener('click', async () => {
    const source = document.querySelector(button.dataset['copy'] ?? '');
    const lines = source === null ? [] : source instanceof HTMLOListElement ? [...source.children] : [source];
    const words = button.querySelector('span');
    try {
      await navigator.clipboard.writeText(lines.map((line) => line.textContent?.trim() ?? '').join('\n'));
      if (words !== null) words.textContent = 'Copied';
    } catch {
      if (words !== null) words.textContent = 'Select it and copy by hand';
    }
  });
}

for (const form of document.querySelectorAll('form[data-confirm]')) {
  if (!(form instanceof HTMLFormElement)) continue;
  form.addEventListener('submit', async (event) => {
    if (form.dataset['sure'] === 'yes') {
      // Whoever comes back to this page is asked anew.
      delete form.dataset['sure'];
      return;
    }
    event.preventDefault();
    const submitter = form.querySelector('button[type="submit"]');
    const words = submitter?.textContent?.trim() ?? 'Go on';
    if (await ask(form.dataset['confirm'] ?? 'Are you sure?', words, true)) {
      form.dataset['sure'] = 'yes';
      form.requestSubmit();
    }
  });
}

for (const select of document.querySelectorAll('select[data-submit]')) {
  if (!(select instanceof HTMLSelectElement) || select.form === null) continue;
  // With a script the choice is the act; without one there is the button.
  const button = select.form.querySelector('button[type="submit"]');
  if (button instanceof HTMLElement) button.hidden = true;
  let opened = select.value;
  select.addEventListener('keydown', (event) => {
    // Arrow keys change a closed list at once; only leaving it, or Enter, means it.
    if (event.key === 'Enter' && select.value !== opened) select.form?.requestSubmit();
  });
  select.addEventListener('change', () => {
    if (button instanceof HTMLElement) button.hidden = select.value === opened;
  });
}

const zone = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
for (const time of document.querySelectorAll('time[datetime]')) {
  if (time instanceof HTMLTimeElement) time.title = zone.format(new Date(time.dateTime));
}

for (const time of document.querySelectorAll('time[data-moment]')) {
  if (time instanceof HTMLTimeElement) time.textContent = inWords(new Date(time.dateTime));
}

// On a phone the bar is wider than the page; where one is shows.
const place = document.querySelector('.places [aria-current]');
if (place instanceof HTMLElement && place.parentElement !== null) {
  place.parentElement.scrollLeft = place.offsetLeft + place.offsetWidth - place.parentElement.clientWidth;
}

const menu = document.querySelector('details.me');
if (menu instanceof HTMLDetailsElement) {
  const close = () => {
    menu.open = false;
  };
  document.addEventListener('click', (event) => {
    if (event.target instanceof Node && !menu.contains(event.target)) close();
  });
  menu.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && menu.open) {
      close();
      menu.querySelector('summary')?.focus();
    }
  });
}

// The words of what was just done stay out of the address, so that a reload does not say them again.
const here = new URL(location.href);
if (here.searchParams.has('done')) {
  here.searchParams.delete('done');
  history.replaceState(null, '', here);
}

arrive();
