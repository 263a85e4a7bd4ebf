/** The products, as the server lists them. */

/**
 * @typedef {object} Shade
 * @property {string} id
 * @property {string} name
 * @property {string} swatch `#rrggbb`
 */

/**
 * @typedef {object} Product
 * @property {string} sku
 * @property {string} kind
 * @property {string} name
 * @property {string} description
 * @property {Shade[]} shades of eyewear: its lenses
 * @property {string[]} photochromic ids of the shades that darken outdoors
 * @property {boolean} prescription whether it is made with corrective lenses
 */

/**
 * @typedef {object} Group
 * @property {string} kind
 * @property {string} title
 * @property {boolean} graded whether its products have a strength
 * @property {Product[]} products
 */

/** Kinds that this page knows by name, in the order of the tray. */
const KINDS = Object.freeze([
  { kind: 'eyewear', title: 'Eyewear', graded: false },
  { kind: 'makeup', title: 'Makeup', graded: true },
  { kind: 'garment', title: 'Clothes', graded: false },
]);

const SWATCH = /^#[0-9a-f]{6}$/i;

/**
 * @returns {Promise<Product[]>}
 * @throws when the server cannot be reached or answers something else than a catalogue
 */
export async function loadCatalogue() {
  const response = await fetch('/api/catalogue', { headers: { Accept: 'application/json' } });
  if (!response.ok) throw new Error(`The catalogue answered ${response.status}.`);
  return readProducts(await response.json());
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
      }))
      .filter((/** @type {Shade} */ shade) => SWATCH.test(shade.swatch)),
    photochromic: (Array.isArray(item.photochromic) ? item.photochromic : []).map(String),
    prescription: item.prescription === true,
  }));
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

/** @param {string} sku */
export function thumbnailUrl(sku) {
  return `/api/catalogue/${encodeURIComponent(sku)}/thumbnail.png`;
}
