/** The list of products: choosing several, and doing one thing with all of them. */

import { byId } from '../elements.js';
import { leave } from './after.js';
import { call, Refused } from './api.js';
import { ask, say } from './ask.js';
import { sentenceOf, tell } from './trouble.js';

/** @typedef {'publish' | 'unpublish' | 'archive' | 'restore' | 'delete'} Deed */
/** @type {Record<Deed, { ask: string | null, yes: string, done: string }>} */
const DEEDS = {
  publish: { ask: null, yes: 'Publish', done: 'live' },
  unpublish: {
    ask: 'Take N from the mirror? Shoppers do not see them any more. The drafts stay.',
    yes: 'Unpublish',
    done: 'unpublished',
  },
  archive: {
    ask: 'Put N away? They leave the mirror and this list, and can be taken out again.',
    yes: 'Put away',
    done: 'put away',
  },
  restore: { ask: null, yes: 'Take out', done: 'taken out again, as drafts' },
  delete: {
    ask: 'Delete N for good? Their files, pictures and versions go, too, from the mirror and from the disk. This cannot be undone.',
    yes: 'Delete',
    done: 'deleted with their files',
  },
};

for (const select of document.querySelectorAll('select[data-go]')) {
  if (select instanceof HTMLSelectElement) select.addEventListener('change', () => select.form?.requestSubmit());
}

const goods = document.getElementById('goods');
if (goods !== null && document.getElementById('bulk') !== null) start(goods);
if (document.querySelector('.work.processing') !== null) follow();

/** @param {HTMLElement} list */
function start(list) {
  const bar = byId('bulk', HTMLElement);
  const words = byId('bulk-count', HTMLElement);
  const boxes = [...list.querySelectorAll('.pick input')].filter((box) => box instanceof HTMLInputElement);
  const chosen = () => boxes.filter((box) => box.checked);
  const show = () => {
    const count = chosen().length;
    bar.hidden = count === 0;
    list.classList.toggle('picking', count > 0);
    words.textContent = `${count} chosen`;
  };
  /** @type {HTMLInputElement | null} */
  let last = null;
  for (const box of boxes) {
    box.addEventListener('change', show);
    box.addEventListener('click', (event) => {
      // Shift takes all between, as in every list.
      if (event.shiftKey && last !== null) {
        const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
        for (const between of boxes.slice(from, (to ?? 0) + 1)) between.checked = box.checked;
        show();
      }
      last = box;
    });
  }
  byId('bulk-none', HTMLButtonElement).addEventListener('click', () => {
    for (const box of boxes) box.checked = false;
    show();
    boxes[0]?.focus();
  });
  for (const button of bar.querySelectorAll('button[data-do]')) {
    if (!(button instanceof HTMLButtonElement)) continue;
    button.addEventListener('click', () => doAll(/** @type {Deed} */ (button.dataset['do']), chosen()));
  }
  show();
}

/**
 * One after the other, so that one that is refused costs itself only.
 * @param {Deed} deed
 * @param {HTMLInputElement[]} boxes
 */
async function doAll(deed, boxes) {
  const about = DEEDS[deed];
  const count = boxes.length === 1 ? 'this product' : `these ${boxes.length} products`;
  if (about.ask !== null && !(await ask(about.ask.replace('N', count), about.yes, deed === 'delete'))) return;
  for (const button of document.querySelectorAll('#bulk button')) button.toggleAttribute('disabled', true);
  let done = 0;
  /** @type {string[]} */
  const refused = [];
  for (const box of boxes) {
    const card = box.closest('.good-card');
    if (!(card instanceof HTMLElement)) continue;
    const { sku = '', version = '' } = card.dataset;
    try {
      if (deed === 'delete') await call('DELETE', `products/${sku}`, { version });
      else await call('POST', `products/${sku}/${deed}`, { version });
      done += 1;
      box.checked = false;
    } catch (error) {
      if (error instanceof Refused && (error.status === 401 || error.code === 'csrf' || error.status === 0)) {
        await tell(error);
        for (const button of document.querySelectorAll('#bulk button')) button.toggleAttribute('disabled', false);
        return;
      }
      refused.push(`${sku}: ${sentenceOf(error)}`);
    }
  }
  const after = new URL(location.href);
  const where = placesAfter(boxes);
  if (refused.length === 0) {
    leave(`${done === 1 ? 'One product is' : `${done} products are`} ${about.done}.`, ...where, '.first-steps a.button', '.nothing a.button', 'main h1');
    location.replace(after);
    return;
  }
  for (const sentence of refused.slice(0, 5)) say(sentence, true);
  if (refused.length > 5) say(`${refused.length - 5} more were refused.`, true);
  for (const button of document.querySelectorAll('#bulk button')) button.toggleAttribute('disabled', false);
}

/**
 * Where the keyboard goes on: at the first that was chosen where it is still listed, else at what came after it, or before.
 * @param {HTMLInputElement[]} boxes
 */
function placesAfter(boxes) {
  const cards = [...document.querySelectorAll('.good-card')];
  const gone = new Set(boxes.map((box) => box.closest('.good-card')));
  const at = cards.findIndex((card) => gone.has(card));
  const left = [...cards.slice(at), ...cards.slice(0, at).reverse()].filter((card) => !gone.has(card));
  return [...boxes, ...left].slice(0, boxes.length + 1).map((one) => {
    const sku = one instanceof HTMLInputElement ? one.value : one instanceof HTMLElement ? (one.dataset['sku'] ?? '') : '';
    return `.good-card[data-sku="${CSS.escape(sku)}"] .pick input`;
  });
}

/** Jobs move on while one looks. */
function follow() {
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;
  const look = async () => {
    for (const row of document.querySelectorAll('.work.processing')) {
      if (!(row instanceof HTMLElement)) continue;
      try {
        const { body } = await call('GET', `jobs/${row.dataset['job'] ?? ''}`);
        if (!['queued', 'running'].includes(body.state)) {
          location.reload();
          return;
        }
        const bar = row.querySelector('progress');
        if (bar !== null) bar.value = body.fraction;
        const soft = row.querySelector('.soft');
        if (soft !== null && body.step !== '') soft.textContent = body.step;
      } catch {
        // Whoever is signed out, or offline, finds out with the next click.
        return;
      }
    }
    timer = setTimeout(look, 1500);
  };
  timer = setTimeout(look, 1500);
  document.addEventListener('visibilitychange', () => {
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(look, 200);
  });
}
