/**
 * What the shopper wears: plain values and their form in the page's address, without any DOM.
 * A link such as `/#look=aviator-gold:brown-fade~-2.5,lipstick-satin:rosewood@70!gloss` opens the mirror with that look;
 * `&split=bare` leaves the left half of the face without, `&split=lipstick-satin:rosewood:brick` shows two shades.
 */

/**
 * @typedef {object} LookItem
 * @property {string} sku
 * @property {string} [shade]
 * @property {number} [strength] 0 to 1
 * @property {number} [power] of corrective lenses, in dioptres
 * @property {string} [finish] of makeup, where it is not the product's first
 * @property {string} [template] how makeup is put on, where it is not the product's own way
 */

/**
 * At most one product of a kind (of makeup: of a type), in the order of the kinds' first choice.
 * @typedef {ReadonlyMap<string, LookItem>} Look
 */

/**
 * How the face is divided, as it is seen from left to right: bare and made up, or one product in two or three shades.
 * @typedef {{ sku: string, shades: readonly string[] } | 'bare' | null} Split
 */

/** A face has at most this many bands. */
export const MAX_BANDS = 3;

/** The protocol allows this many items in a look. */
export const MAX_ITEMS = 16;

/** Corrective lenses are shown within these dioptres. */
export const MAX_POWER = 12;

/** Longer parts in an address are not ours. */
const MAX_NAME_LENGTH = 64;

/** @type {Look} */
export const BARE = new Map();

/**
 * The look with `item` put on; the product of the same kind comes off.
 * @param {Look} look
 * @param {string} kind
 * @param {LookItem} item
 * @returns {Look}
 */
export function wear(look, kind, item) {
  const next = new Map(look);
  next.set(kind, item);
  return next;
}

/**
 * @param {Look} look
 * @param {string} kind
 * @returns {Look}
 */
export function takeOff(look, kind) {
  const next = new Map(look);
  next.delete(kind);
  return next;
}

/**
 * @param {Look} look
 * @returns {LookItem[]} as the protocol sends them
 */
export function toItems(look) {
  return [...look.values()].slice(0, MAX_ITEMS);
}

/**
 * @param {Look} a
 * @param {Look} b
 * @returns {boolean}
 */
export function sameLook(a, b) {
  return formatHash(a) === formatHash(b);
}

/**
 * The looks of the bands as they are seen from left to right; one where the face is not divided.
 * @param {Look} look
 * @param {Split} split
 * @returns {LookItem[][]}
 */
export function bands(look, split) {
  const items = toItems(look);
  if (split === null || items.length === 0) return [items];
  if (split === 'bare') return [[], items];
  if (!items.some((item) => item.sku === split.sku)) return [items];
  return split.shades.map((shade) => items.map((item) => (item.sku === split.sku ? { ...item, shade } : item)));
}

/**
 * How the face stays divided when the look has changed: of two shades the first is the one that is worn; a product that
 * was taken off, or a choice beyond the shades that are shown, ends it.
 * @param {Look} look
 * @param {Split} split
 * @returns {Split}
 */
export function settled(look, split) {
  if (split === null || look.size === 0) return null;
  if (split === 'bare') return split;
  const item = toItems(look).find((candidate) => candidate.sku === split.sku);
  const shade = item?.shade;
  if (item === undefined || shade === undefined) return null;
  if (split.shades.includes(shade) && (split.shades.length > 2 || split.shades[0] === shade)) return split;
  if (split.shades.length > 2) return null;
  const other = split.shades[1] === shade ? split.shades[0] : split.shades[1];
  return other === undefined ? null : { sku: split.sku, shades: [shade, other] };
}

/**
 * `#look=…` for a look, or an empty string for the bare face.
 * @param {Look} look
 * @param {Split} [split]
 * @returns {string}
 */
export function formatHash(look, split = null) {
  const parts = toItems(look).map((item) => {
    const shade = item.shade === undefined ? '' : `:${encodeURIComponent(item.shade)}`;
    const strength = item.strength === undefined ? '' : `@${Math.round(item.strength * 100)}`;
    const power = item.power === undefined || item.power === 0 ? '' : `~${item.power}`;
    const finish = item.finish === undefined ? '' : `!${item.finish}`;
    const template = item.template === undefined ? '' : `*${item.template}`;
    return encodeURIComponent(item.sku) + shade + strength + power + finish + template;
  });
  if (parts.length === 0) return '';
  const divided = split === null || split === 'bare' ? split : [split.sku, ...split.shades].map(encodeURIComponent).join(':');
  return `#look=${parts.join(',')}${divided === null ? '' : `&split=${divided}`}`;
}

/**
 * The items that an address asks for. Parts that cannot be read are left out: an old or mistyped link must still
 * open the mirror.
 * @param {string} hash `location.hash`
 * @returns {LookItem[]}
 */
export function parseHash(hash) {
  const match = /^#look=([^&]+)/.exec(hash);
  if (match === null) return [];
  /** @type {LookItem[]} */
  const items = [];
  for (const part of /** @type {string} */ (match[1]).split(',').slice(0, MAX_ITEMS)) {
    const item = parsePart(part);
    if (item !== null) items.push(item);
  }
  return items;
}

/**
 * What an address asks for: `#look=…`, else the product of `/p/sku` or `/embed/sku`.
 * @param {Pick<Location, 'hash' | 'pathname'>} address
 * @returns {LookItem[]}
 */
export function parseAddress(address) {
  const items = parseHash(address.hash);
  const match = /^\/(?:p|embed)\/([a-z0-9][a-z0-9-]{0,63})$/.exec(address.pathname);
  return items.length > 0 || match === null ? items : [{ sku: /** @type {string} */ (match[1]) }];
}

/**
 * How an address divides the face; null where it does not, or cannot be read.
 * @param {string} hash `location.hash`
 * @returns {Split}
 */
export function parseSplit(hash) {
  const match = /^#look=[^&]+&split=([^&]+)$/.exec(hash);
  if (match === null) return null;
  if (match[1] === 'bare') return 'bare';
  const [sku, ...shades] = /** @type {string} */ (match[1]).split(':').map(decode);
  const names = [sku, ...shades];
  const known = names.every((name) => name !== undefined && name !== '' && name.length <= MAX_NAME_LENGTH);
  if (!known || sku === undefined || shades.length < 2 || shades.length > MAX_BANDS) return null;
  return { sku, shades: /** @type {string[]} */ (shades) };
}

/**
 * @param {string} part `sku`, then `:shade`, `@strength`, `~power`, `!finish`, `*template` where there are any
 * @returns {LookItem | null}
 */
function parsePart(part) {
  const match = /^([^:@~!*]+)(?::([^:@~!*]+))?(?:@(\d{1,3}))?(?:~(-?\d{1,2}(?:\.\d{1,2})?))?(?:!([a-z_]{1,64}))?(?:\*([a-z_]{1,64}))?$/.exec(part);
  if (match === null) return null;
  const sku = decode(match[1]);
  const shade = decode(match[2]);
  if (sku === undefined || sku.length > MAX_NAME_LENGTH || (shade?.length ?? 0) > MAX_NAME_LENGTH) return null;
  /** @type {LookItem} */
  const item = { sku };
  if (shade !== undefined) item.shade = shade;
  if (match[3] !== undefined) item.strength = Math.min(Number(match[3]), 100) / 100;
  if (match[4] !== undefined) item.power = Math.max(-MAX_POWER, Math.min(Number(match[4]), MAX_POWER));
  if (match[5] !== undefined) item.finish = match[5];
  if (match[6] !== undefined) item.template = match[6];
  return item;
}

/**
 * @param {string | undefined} text
 * @returns {string | undefined}
 */
function decode(text) {
  if (text === undefined) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // a lone % in a mistyped link
  }
}
