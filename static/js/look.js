/**
 * What the shopper wears: plain values and their form in the page's address, without any DOM.
 * A link such as `/#look=aviator-gold:brown-fade~-2.5,lipstick-satin:rosewood@70` opens the mirror with that look.
 */

/**
 * @typedef {object} LookItem
 * @property {string} sku
 * @property {string} [shade]
 * @property {number} [strength] 0 to 1
 * @property {number} [power] of corrective lenses, in dioptres
 */

/**
 * At most one product of a kind, in the order of the kinds' first choice.
 * @typedef {ReadonlyMap<string, LookItem>} Look
 */

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
 * `#look=…` for a look, or an empty string for the bare face.
 * @param {Look} look
 * @returns {string}
 */
export function formatHash(look) {
  const parts = toItems(look).map((item) => {
    const shade = item.shade === undefined ? '' : `:${encodeURIComponent(item.shade)}`;
    const strength = item.strength === undefined ? '' : `@${Math.round(item.strength * 100)}`;
    const power = item.power === undefined || item.power === 0 ? '' : `~${item.power}`;
    return encodeURIComponent(item.sku) + shade + strength + power;
  });
  return parts.length === 0 ? '' : `#look=${parts.join(',')}`;
}

/**
 * The items that an address asks for. Parts that cannot be read are left out: an old or mistyped link must still
 * open the mirror.
 * @param {string} hash `location.hash`
 * @returns {LookItem[]}
 */
export function parseHash(hash) {
  const match = /^#look=(.+)$/.exec(hash);
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
 * What an address asks for: `#look=…`, else the product of `/p/sku`.
 * @param {Pick<Location, 'hash' | 'pathname'>} address
 * @returns {LookItem[]}
 */
export function parseAddress(address) {
  const items = parseHash(address.hash);
  const match = /^\/p\/([a-z0-9][a-z0-9-]{0,63})$/.exec(address.pathname);
  return items.length > 0 || match === null ? items : [{ sku: /** @type {string} */ (match[1]) }];
}

/**
 * @param {string} part `sku`, then `:shade`, `@strength` and `~power` where there are any
 * @returns {LookItem | null}
 */
function parsePart(part) {
  const match = /^([^:@~]+)(?::([^:@~]+))?(?:@(\d{1,3}))?(?:~(-?\d{1,2}(?:\.\d{1,2})?))?$/.exec(part);
  if (match === null) return null;
  const sku = decode(match[1]);
  const shade = decode(match[2]);
  if (sku === undefined || sku.length > MAX_NAME_LENGTH || (shade?.length ?? 0) > MAX_NAME_LENGTH) return null;
  /** @type {LookItem} */
  const item = { sku };
  if (shade !== undefined) item.shade = shade;
  if (match[3] !== undefined) item.strength = Math.min(Number(match[3]), 100) / 100;
  if (match[4] !== undefined) item.power = Math.max(-MAX_POWER, Math.min(Number(match[4]), MAX_POWER));
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
