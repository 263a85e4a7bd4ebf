/** The products, as the server lists them. */

import { spoken, told } from './words.js';

/**
 * @typedef {object} Shade
 * @property {string} id
 * @property {string} name
 * @property {string} swatch `#rrggbb`
 * @property {string[]} tones of a palette: its pans, `#rrggbb` each
 */

/**
 * @typedef {object} Product
 * @property {string} sku
 * @property {string} kind
 * @property {string} name
 * @property {string} description
 * @property {Shade[]} shades of eyewear: its lenses
 * @property {boolean} matched whether the shopper's own skin chooses the shade while they have not
 * @property {string[]} photochromic ids of the shades that darken outdoors
 * @property {boolean} prescription whether it is made with corrective lenses
 * @property {string} slot what it is worn as: one product of a slot at a time
 * @property {string} finish the one without a choice; empty where there is none
 * @property {string[]} finishes that it is sold in
 * @property {string} template the one without a choice; empty where there is none
 * @property {string[]} templates ways of putting it on
 * @property {Price | null} price
 * @property {string} link where it can be bought; empty where there is no such page
 */

/** @typedef {{ minor: number, currency: string, digits: number }} Price in the smallest unit, ``digits`` behind the point */

/**
 * @typedef {object} Group
 * @property {string} kind
 * @property {string} title
 * @property {boolean} graded whether its products have a strength
 * @property {Product[]} products
 */

/** Kinds that are known by name, in the order of the tray; the mirror itself shows slots. */
const KINDS = Object.freeze([
  { kind: 'eyewear', title: 'Eyewear', graded: false },
  { kind: 'makeup', title: 'Makeup', graded: true },
  { kind: 'garment', title: 'Clothes', graded: false },
]);

/**
 * What a product is worn as, in cosmetic order: what is put on first stands first.
 * @typedef {object} Slot
 * @property {string} slot
 * @property {string} area
 */

/** @type {readonly Slot[]} */
export const SLOTS = Object.freeze([
  { slot: 'foundation', area: 'face' },
  { slot: 'concealer', area: 'face' },
  { slot: 'contour', area: 'face' },
  { slot: 'blush', area: 'face' },
  { slot: 'highlighter', area: 'face' },
  { slot: 'face_paint', area: 'face' },
  { slot: 'brows', area: 'eyes' },
  { slot: 'eyeshadow', area: 'eyes' },
  { slot: 'eyeliner', area: 'eyes' },
  { slot: 'mascara', area: 'eyes' },
  { slot: 'contact_lenses', area: 'eyes' },
  { slot: 'lip_liner', area: 'lips' },
  { slot: 'lipstick', area: 'lips' },
  { slot: 'bottoms', area: 'clothes' },
  { slot: 'garment', area: 'clothes' },
  { slot: 'eyewear', area: 'glasses' },
]);

/** Areas in the order of the tray. */
const AREAS = Object.freeze(['glasses', 'lips', 'face', 'eyes', 'clothes']);

const SWATCH = /^#[0-9a-f]{6}$/i;

/**
 * @returns {Promise<Product[]>}
 * @throws when the server cannot be reached or answers something else than a catalogue
 */
export async function loadCatalogue() {
  // A draft that is tried on stands in no list but its own address's.
  const draft = /^\/p\/(preview-[0-9a-f]{32})$/.exec(location.pathname)?.[1];
  const address = `/api/catalogue?lang=${spoken()}`;
  const response = await fetch(draft === undefined ? address : `${address}&with=${draft}`, { headers: { Accept: 'application/json' } });
  if (!response.ok) throw new Error(`The catalogue answered ${response.status}.`);
  return readProducts(await response.json());
}

/**
 * Products that go together, put on with one tap.
 * @typedef {object} CompleteLook
 * @property {string} id
 * @property {string} name
 * @property {string} description
 * @property {import('./look.js').LookItem[]} items
 */

/** @returns {Promise<CompleteLook[]>} none where they cannot be had: the products are there without them */
export async function loadLooks() {
  try {
    const response = await fetch(`/api/looks?lang=${spoken()}`, { headers: { Accept: 'application/json' } });
    return response.ok ? readLooks(await response.json()) : [];
  } catch {
    return [];
  }
}

/**
 * @param {unknown} body
 * @returns {CompleteLook[]}
 */
export function readLooks(body) {
  const list = /** @type {{ looks?: unknown }} */ (body)?.looks;
  return (Array.isArray(list) ? list : []).map((look) => ({
    id: String(look.id),
    name: String(look.name),
    description: String(look.description ?? ''),
    items: Array.isArray(look.items) ? look.items : [],
  }));
}

/**
 * @param {unknown} body
 * @returns {Product[]}
 */
export function readProducts(body) {
  const list = /** @type {{ products?: unknown }} */ (body)?.products;
  if (!Array.isArray(list)) throw new Error('The catalogue is a list of products.');
  return list.map((item) => ({
    sku: String(item.sku),
    kind: String(item.kind),
    name: String(item.name),
    description: String(item.description ?? ''),
    shades: (Array.isArray(item.shades) ? item.shades : [])
      .map((/** @type {Record<string, unknown>} */ shade) => ({
        id: String(shade['id']),
        name: String(shade['name']),
        swatch: String(shade['swatch']),
        tones: (Array.isArray(shade['tones']) ? shade['tones'] : []).map(String).filter((tone) => SWATCH.test(tone)),
      }))
      .filter((/** @type {Shade} */ shade) => SWATCH.test(shade.swatch)),
    matched: item.matched === true,
    photochromic: (Array.isArray(item.photochromic) ? item.photochromic : []).map(String),
    prescription: item.prescription === true,
    slot: String(item.slot ?? item.makeup?.type ?? item.kind),
    finish: String(item.makeup?.finish ?? ''),
    finishes: (Array.isArray(item.makeup?.finishes) ? item.makeup.finishes : []).map(String),
    template: String(item.makeup?.template ?? ''),
    templates: (Array.isArray(item.makeup?.templates) ? item.makeup.templates : []).map(String),
    price: readPrice(item.price),
    link: /^https?:\/\//.test(String(item.link ?? '')) ? String(item.link) : '',
  }));
}

/**
 * @param {{ minor?: unknown, currency?: unknown, digits?: unknown } | null | undefined} price
 * @returns {Price | null}
 */
function readPrice(price) {
  const minor = Number(price?.minor);
  const currency = String(price?.currency ?? '');
  const digits = Number(price?.digits ?? 2);
  return Number.isSafeInteger(minor) && /^[A-Z]{3}$/.test(currency) && [0, 2, 3].includes(digits) ? { minor, currency, digits } : null;
}

/**
 * @param {readonly Product[]} products
 * @returns {Group[]} only kinds that have products; kinds that are new to this page come last
 */
export function groupByKind(products) {
  const known = new Set(KINDS.map((row) => row.kind));
  const others = [...new Set(products.map((product) => product.kind))]
    .filter((kind) => !known.has(kind))
    .map((kind) => ({ kind, title: kind.charAt(0).toUpperCase() + kind.slice(1), graded: false }));
  return [...KINDS, ...others]
    .map((row) => ({ ...row, products: products.filter((product) => product.kind === row.kind) }))
    .filter((group) => group.products.length > 0);
}

/**
 * The products of the tray: one group for each slot that has some, area after area.
 * @param {readonly Product[]} products
 * @returns {(Group & { area: string })[]} `kind` is the slot; slots that are new to this page come last
 */
export function groupBySlot(products) {
  const known = new Set(SLOTS.map((row) => row.slot));
  const others = [...new Set(products.map((product) => product.slot))]
    .filter((slot) => !known.has(slot))
    .map((slot) => ({ slot, area: 'more' }));
  const rows = [...AREAS.flatMap((area) => SLOTS.filter((row) => row.area === area)), ...others];
  return rows
    .map(({ slot, area }) => ({
      kind: slot,
      title: told(`slot.${slot}`, titled(slot)),
      area,
      graded: !['eyewear', 'garment', 'bottoms'].includes(slot),
      products: products.filter((product) => product.slot === slot),
    }))
    .filter((group) => group.products.length > 0);
}

/**
 * Where a slot stands in cosmetic order.
 * @param {string} slot
 */
export function orderOf(slot) {
  const at = SLOTS.findIndex((row) => row.slot === slot);
  return at < 0 ? SLOTS.length : at;
}

/**
 * `cat_eye` as people write it.
 * @param {string} name
 */
export function titled(name) {
  const words = name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** @param {string} sku */
export function thumbnailUrl(sku) {
  return `/api/catalogue/${encodeURIComponent(sku)}/thumbnail.png`;
}
