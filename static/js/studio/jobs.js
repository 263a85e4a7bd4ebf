/** A job: ordered, followed to its end, and told in words. */

import { element, icon } from '../elements.js';
import { call, Refused } from './api.js';

/**
 * @typedef {object} Job
 * @property {string} id
 * @property {string} kind
 * @property {'queued' | 'running' | 'done' | 'refused' | 'failed' | 'cancelled'} state
 * @property {Record<string, any>} order
 * @property {string} step
 * @property {number} fraction
 * @property {Record<string, any>} report
 * @property {number} done
 */

const EVERY_MS = 600;
/** So often in a row an answer may fail to come, as while the server starts anew, before that is told. */
const MISSED_MAX = 50;
/** The server is away, or says to come again. */
const LATER = new Set([0, 429, 502, 503, 504]);
const ROWS_SHOWN = 50;
/** @type {readonly [string, string, string][]} */
const GROUPS = [
  ['found', 'Found', 'search'],
  ['fixed', 'Put right', 'wrench'],
  ['advice', 'Worth knowing', 'info'],
];

/** @param {Job} job */
export const isOver = (job) => job.state !== 'queued' && job.state !== 'running';

/**
 * Asks again and again; throws where the server refuses to tell.
 * @param {Job} job
 * @param {(job: Job) => void} onChange
 * @param {AbortSignal} signal
 * @returns {Promise<Job>}
 */
export async function follow(job, onChange, signal) {
  let now = job;
  let missed = 0;
  while (!isOver(now) && !signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    try {
      now = (await call('GET', `jobs/${job.id}`)).body;
    } catch (error) {
      missed += 1;
      if (!(error instanceof Refused) || !LATER.has(error.status) || missed > MISSED_MAX) throw error;
      continue;
    }
    missed = 0;
    onChange(now);
  }
  return now;
}

/**
 * What a waiting or running job does now.
 * @param {Job} job
 */
export function stepOf(job) {
  if (job.state === 'queued') return 'Waiting for its turn';
  return job.step === '' ? 'Beginning' : job.step.charAt(0).toUpperCase() + job.step.slice(1);
}

/**
 * The pipeline's report in words.
 * @param {Job} job
 * @returns {HTMLElement}
 */
export function reportOf(job) {
  const good = job.state === 'done';
  const sentence = String(job.report['sentence'] ?? (good ? 'It is ready.' : 'It broke off; try it once more.'));
  const words =
    job.state === 'refused' ? 'This cannot be used yet' : job.state === 'cancelled' ? 'Stopped' : job.state === 'failed' ? 'This broke off' : '';
  const refused = Number(job.report['refused_rows'] ?? 0);
  const said = good && refused > 0 ? 'Not everything could be used.' : sentence;
  const place = element(
    'div',
    { class: 'report' },
    element(
      'p',
      { class: good && refused === 0 ? 'said good' : 'said bad', role: good ? 'status' : 'alert' },
      icon(good && refused === 0 ? 'check' : 'warn'),
      element('span', {}, ...(words === '' ? [] : [element('strong', {}, `${words}. `)]), said),
    ),
  );
  if (job.report['products'] !== undefined) {
    const [made, rows] = [Number(job.report['products']), refused];
    const told = `${made} ${made === 1 ? 'product' : 'products'} made, ${rows === 0 ? 'no row' : rows === 1 ? 'one row' : `${rows} rows`} refused.`;
    place.append(element('p', { class: 'report-count' }, told));
  }
  /** @type {HTMLElement[]} */
  const last = [];
  for (const [name, title, picture] of GROUPS) {
    /** @type {string[]} */
    const notes = job.report[name] ?? [];
    if (notes.length === 0) continue;
    const [head, list] = [element('h3', {}, icon(picture), title), element('ul', {}, ...notes.map((note) => element('li', {}, note)))];
    // What was found is for whoever wonders; what to know comes before it.
    if (name === 'found' && good) last.push(element('details', { class: 'report-group' }, element('summary', {}, head), list));
    else place.append(element('section', { class: 'report-group' }, head, list));
  }
  place.append(...last);
  return place;
}

/**
 * The rows of a bulk job that were refused, with line and reason; null where there are none.
 * @param {Job} job
 * @returns {Promise<HTMLElement | null>}
 */
export async function refusedRows(job) {
  if (Number(job.report['refused_rows'] ?? 0) === 0) return null;
  /** @type {{ line: number, sku: string, reason: string }[]} */
  const refused = [];
  let after = 0;
  for (;;) {
    const { items } = (await call('GET', `jobs/${job.id}/rows?limit=1000&after=${after}`)).body;
    refused.push(...items.filter((/** @type {{ outcome: string }} */ row) => row.outcome === 'refused'));
    if (items.length < 1000 || refused.length > ROWS_SHOWN) break;
    after = items.at(-1).line;
  }
  const shown = refused.slice(0, ROWS_SHOWN);
  const table = element(
    'table',
    {},
    element('caption', {}, 'Rows that were refused; correct them and send the file again, the others stay as they are'),
    element('thead', {}, element('tr', {}, ...['Line', 'Sku', 'What is wrong'].map((head) => element('th', { scope: 'col' }, head)))),
    element(
      'tbody',
      {},
      ...shown.map((row) =>
        element('tr', {}, element('td', {}, String(row.line)), element('td', {}, row.sku), element('td', {}, row.reason)),
      ),
    ),
  );
  const more = refused.length > ROWS_SHOWN ? [element('p', { class: 'fine' }, 'More rows were refused; these are the first.')] : [];
  return element('div', { class: 'refused-rows', tabindex: '0', role: 'region', 'aria-label': 'Refused rows' }, table, ...more);
}
