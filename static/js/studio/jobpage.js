/** A job's page: how far it is, and its report. */

import { byId, element } from '../elements.js';
import { call } from './api.js';
import { follow, isOver, refusedRows, reportOf, stepOf } from './jobs.js';
import { tell } from './trouble.js';

const place = byId('job', HTMLElement);
const bar = byId('job-bar', HTMLProgressElement);
const step = byId('job-step', HTMLElement);
const stop = document.getElementById('job-stop');

try {
  const { body: job } = await call('GET', `jobs/${place.dataset['id'] ?? ''}`);
  const show = (/** @type {import('./jobs.js').Job} */ now) => {
    bar.value = now.fraction;
    step.textContent = stepOf(now);
  };
  show(job);
  stop?.addEventListener('click', async () => {
    try {
      await call('POST', `jobs/${job.id}/cancel`);
    } catch (error) {
      await tell(error);
    }
  });
  const over = isOver(job) ? job : await follow(job, show, new AbortController().signal);
  byId('job-progress', HTMLElement).hidden = true;
  const rows = await refusedRows(over);
  const ways = element('div', { class: 'row' });
  if (over.state === 'done' && over.order['sku'] !== undefined) {
    ways.append(element('a', { class: 'button primary', href: `/studio/products/${over.order['sku']}` }, 'Look at it'));
  } else if (over.state === 'done') {
    ways.append(element('a', { class: 'button primary', href: '/studio/products?kind=makeup' }, 'Look at them'));
  } else ways.append(element('a', { class: 'button primary', href: '/studio/new' }, 'Try with another file'));
  byId('job-report', HTMLElement).replaceChildren(reportOf(over), ...(rows === null ? [] : [rows]), ways);
} catch (error) {
  await tell(error);
}
