/** Numbers, times and looks as people read them. */

/** @typedef {import('../catalogue.js').Product} Product */

const KB = 1024;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** @param {number} bytes */
export function size(bytes) {
  if (bytes < KB * KB) return `${Math.max(1, Math.round(bytes / KB))} KB`;
  const mb = bytes / KB / KB;
  if (mb < 1000) return `${mb < 10 ? mb.toFixed(1) : Math.round(mb)} MB`;
  return `${(mb / KB).toFixed(1)} GB`;
}

/**
 * A clip's length: `2.4 s`, `1:05 min`.
 * @param {number} ms
 */
export function length(ms) {
  if (ms < MINUTE_MS) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} min`;
}

/**
 * What is left of a run: `about 2 min left`.
 * @param {number} seconds
 */
export function left(seconds) {
  if (seconds < 1) return 'nearly done';
  if (seconds < 90) return `${Math.round(seconds)} s left`;
  return `about ${Math.round(seconds / 60)} min left`;
}

/**
 * How long from now: `in 3 hours`.
 * @param {number} ms
 */
export function until(ms) {
  if (ms < HOUR_MS) return `in ${counted(Math.max(1, Math.round(ms / MINUTE_MS)), 'minute')}`;
  if (ms < 2 * DAY_MS) return `in ${counted(Math.round(ms / HOUR_MS), 'hour')}`;
  return `in ${counted(Math.round(ms / DAY_MS), 'day')}`;
}

/**
 * How long ago: `just now`, `5 minutes ago`.
 * @param {number} ms
 */
export function ago(ms) {
  if (ms < MINUTE_MS) return 'just now';
  if (ms < HOUR_MS) return `${counted(Math.floor(ms / MINUTE_MS), 'minute')} ago`;
  if (ms < 2 * DAY_MS) return `${counted(Math.floor(ms / HOUR_MS), 'hour')} ago`;
  return `${counted(Math.floor(ms / DAY_MS), 'day')} ago`;
}

/**
 * @param {number} number
 * @param {string} one
 */
export function counted(number, one) {
  return `${number} ${number === 1 ? one : `${one}s`}`;
}

/**
 * A look's text (`sku:shade@0.6,sku`) in the products' names: `Velvet Lipstick, Rose + Harbour`.
 * @param {string} text
 * @param {ReadonlyMap<string, Product>} products
 */
export function lookTitle(text, products) {
  return text
    .split(',')
    .map((item) => {
      const [name = ''] = item.split('@');
      const [sku = '', shadeId] = name.split(':');
      const product = products.get(sku);
      if (product === undefined) return item;
      const shade = product.shades.find((candidate) => candidate.id === shadeId);
      return shade === undefined ? product.name : `${product.name}, ${shade.name}`;
    })
    .join(' + ');
}

/**
 * What a run does now, in one line.
 * @param {import('./api.js').Progress | null} progress
 */
export function doing(progress) {
  if (progress === null) return 'Starting';
  if (progress.step === 'warming') return 'Warming up';
  if (progress.step === 'comparing') return `Comparing pictures with the baseline’s, take ${progress.take} of ${progress.takes}`;
  if (progress.step === 'report') return 'Writing the report';
  const parts = [`Take ${progress.take} of ${progress.takes}`];
  parts.push(progress.frames_all === null ? counted(progress.frames, 'frame') : `${progress.frames} of ${counted(progress.frames_all, 'frame')}`);
  if (progress.fps !== null) parts.push(`${progress.fps < 10 ? progress.fps.toFixed(1) : Math.round(progress.fps)} frames/s`);
  if (progress.eta_s !== null) parts.push(left(progress.eta_s));
  return parts.join(' · ');
}
