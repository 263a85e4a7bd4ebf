/** "New product": files dropped or chosen, each with a card of its own, and makeup from colours. */

import { byId, element, icon } from '../elements.js';
import { FileCard, isMany, kindOf, takeAway } from './filecard.js';
import { startMakeup } from './makeupform.js';
import { problem } from './typed.js';

const drop = byId('drop', HTMLElement);
const choose = byId('choose', HTMLInputElement);
const cards = byId('cards', HTMLElement);
const about = { mayPublish: drop.dataset['mayPublish'] === 'yes', replaces: drop.dataset['replaces'] ?? '', kind: drop.dataset['kind'] ?? '' };
const limit_mb = Number(drop.dataset['limitMb'] ?? '32');
const zipLimit_mb = Number(drop.dataset['zipLimitMb'] ?? '512');

/** @param {Iterable<File>} files */
function take(files) {
  const taken = about.replaces === '' ? [...files] : [...files].slice(0, 1);
  for (const file of taken) {
    const kind = kindOf(file.name);
    const most_mb = kind === 'products-zip' ? zipLimit_mb : limit_mb;
    if (kind === null) refuse(file.name, 'Tryon reads .glb, .jpg, .png, .csv and .zip. Export the file as one of these.');
    else if (file.size > most_mb * 2 ** 20) refuse(file.name, `It has ${Math.ceil(file.size / 2 ** 20)} MB; a file may have ${most_mb} MB. ${isMany(kind) ? 'Divide it' : 'Make its pictures smaller'}.`);
    else if (file.size === 0) refuse(file.name, 'The file is empty.');
    else if (about.replaces !== '' && isMany(kind)) refuse(file.name, 'A table makes products of its own; take a GLB or a photo here.');
    else if (about.kind === 'garment' && kind !== 'eyewear-photo') refuse(file.name, 'A garment is made of a photo; take a .jpg or a .png here.');
    else cards.append(new FileCard(file, kind, about).element);
  }
  cards.lastElementChild?.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
  const first = cards.lastElementChild?.querySelector('input');
  if (taken.length !== 1) return;
  first?.focus({ preventScroll: true });
  // The file's name is a beginning: what is typed takes its place.
  first?.select();
}

/**
 * @param {string} name
 * @param {string} sentence
 */
function refuse(name, sentence) {
  const away = element('button', { type: 'button', class: 'round', 'aria-label': `Leave ${name} out` }, icon('cross'));
  const card = element(
    'section',
    { class: 'panel file-card', 'aria-label': name },
    element('header', {}, icon('warn'), element('div', {}, element('strong', {}, name)), away),
    problem(sentence),
  );
  away.addEventListener('click', () => takeAway(card));
  cards.append(card);
}

const chosen = () => {
  if ((choose.files?.length ?? 0) === 0) return;
  take(choose.files ?? []);
  choose.value = '';
};
choose.addEventListener('change', chosen);
// Somebody may have been quicker than this script.
chosen();

// The whole page takes files, so that nobody has to aim; the box shows it.
let depth = 0;
const hasFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes('Files') ?? false;
document.addEventListener('dragenter', (event) => {
  if (!hasFiles(event)) return;
  depth += 1;
  drop.classList.add('over');
});
document.addEventListener('dragleave', () => {
  depth = Math.max(0, depth - 1);
  if (depth === 0) drop.classList.remove('over');
});
document.addEventListener('dragover', (event) => {
  if (hasFiles(event)) event.preventDefault();
});
document.addEventListener('drop', (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  depth = 0;
  drop.classList.remove('over');
  take(event.dataTransfer?.files ?? []);
});
document.addEventListener('paste', (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  if (files.length > 0) take(files);
});
// A slip while something is on its way would stop it.
window.addEventListener('beforeunload', (event) => {
  const busy = [...cards.querySelectorAll('.file-progress progress')].some((bar) => bar instanceof HTMLProgressElement && bar.value > 0 && bar.value < 1);
  if (busy) event.preventDefault();
});

const makeup = document.getElementById('makeup');
if (makeup instanceof HTMLFormElement) startMakeup(makeup, about.mayPublish);
