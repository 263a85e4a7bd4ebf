/** A question in a dialog, and short words at the page's edge. */

import { element, icon } from '../elements.js';

/**
 * Whether the answer is yes. Escape and "Not now" say no.
 * @param {string} question
 * @param {string} yes
 * @param {boolean} [grave] of what cannot be undone
 * @returns {Promise<boolean>}
 */
export function ask(question, yes, grave = false) {
  const go = element('button', { class: grave ? 'button primary grave' : 'button primary', value: 'yes' }, yes);
  const no = element('button', { class: 'button', value: 'no' }, 'Not now');
  const [title, ...more] = question.split(/(?<=\?) /);
  const dialog = element(
    'dialog',
    { class: 'ask', 'aria-labelledby': 'ask-title' },
    element(
      'form',
      { method: 'dialog' },
      element('h2', { id: 'ask-title' }, title ?? question),
      ...(more.length > 0 ? [element('p', {}, more.join(' '))] : []),
      element('div', { class: 'row end' }, no, go),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  (grave ? no : go).focus();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
  });
}

/**
 * Said at the page's edge for a while.
 * @param {string} words
 * @param {boolean} [bad]
 */
export function say(words, bad = false) {
  const toast = element('p', { class: bad ? 'toast bad' : 'toast' }, icon(bad ? 'warn' : 'check'), element('span', {}, words));
  document.getElementById('toasts')?.append(toast);
  setTimeout(() => toast.remove(), bad ? 12_000 : 6_000);
}
