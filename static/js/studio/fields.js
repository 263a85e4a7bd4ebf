/**
 * A product's draft as flat fields, one for each thing that can be changed by itself, and back. Two people who change
 * different fields do not get into each other's way.
 */

/** @typedef {{ id: string, name: string, color: string, [more: string]: unknown }} Shade */
/** @typedef {{ minor: number, currency: string }} Price */
/**
 * @typedef {object} Draft
 * @property {Record<string, any>} definition
 * @property {string[]} tags
 * @property {Price | null} price
 * @property {string} link
 */
/** @typedef {Record<string, unknown>} Fields ``undefined`` is what is not there */

export const DIMENSION = 'dimension ';
export const SHADE = 'shade ';
export const POINT = 'point ';
export const MOVED = 'moved ';
export const SIZE = 'size ';
export const MATERIAL = 'material ';
export const LENS = 'own lens';
// These are told by fields of their own.
const APART = new Set(['sku', 'kind', 'shades', 'dimensions_mm', 'points', 'adjustment']);

/**
 * @param {Draft} draft
 * @returns {Fields}
 */
export function fieldsOf(draft) {
  /** @type {Fields} */
  const fields = {};
  for (const [name, value] of Object.entries(draft.definition)) if (!APART.has(name)) fields[name] = value;
  for (const [name, value] of Object.entries(draft.definition['dimensions_mm'] ?? {})) fields[DIMENSION + name] = value;
  for (const [name, at] of Object.entries(draft.definition['points'] ?? {})) fields[POINT + name] = at;
  for (const shade of draft.definition['shades'] ?? []) fields[SHADE + shade.id] = shade;
  Object.assign(fields, adjustmentFields(draft.definition['adjustment']));
  fields['tags'] = [...draft.tags];
  fields['price'] = draft.price;
  fields['link'] = draft.link;
  return fields;
}

/**
 * What was changed about a frame by hand.
 * @typedef {object} Adjustment
 * @property {Record<string, [number, number, number]>} [moved_mm]
 * @property {Record<string, number>} [sizes_mm]
 * @property {Record<string, Record<string, unknown>>} [materials]
 * @property {Record<string, unknown>} [lens]
 */

/**
 * @param {Adjustment} [adjustment]
 * @returns {Fields} a field for each point, size and material, and one for the lenses
 */
export function adjustmentFields(adjustment = {}) {
  /** @type {Fields} */
  const fields = {};
  for (const [name, move] of Object.entries(adjustment.moved_mm ?? {})) if (move.some((mm) => mm !== 0)) fields[MOVED + name] = move;
  for (const [name, mm] of Object.entries(adjustment.sizes_mm ?? {})) fields[SIZE + name] = mm;
  for (const [name, surface] of Object.entries(adjustment.materials ?? {})) fields[MATERIAL + name] = surface;
  if (adjustment.lens !== undefined && adjustment.lens !== null) fields[LENS] = adjustment.lens;
  return fields;
}

/** @param {string} field */
export const isAdjustment = (field) => field === LENS || [MOVED, SIZE, MATERIAL].some((prefix) => field.startsWith(prefix));

/**
 * The other way round; undefined where nothing was changed.
 * @param {Fields} fields
 * @returns {Adjustment | undefined}
 */
export function adjustmentOf(fields) {
  /** @type {Record<string, any>} */
  const told = {};
  for (const [field, value] of Object.entries(fields)) {
    if (value === undefined || !isAdjustment(field)) continue;
    if (field === LENS) told['lens'] = value;
    for (const [prefix, part] of Object.entries({ [MOVED]: 'moved_mm', [SIZE]: 'sizes_mm', [MATERIAL]: 'materials' })) {
      if (field.startsWith(prefix)) told[part] = { ...told[part], [field.slice(prefix.length)]: value };
    }
  }
  return Object.keys(told).length === 0 ? undefined : told;
}

/**
 * @param {Fields} fields
 * @param {{ sku: string, kind: string }} who
 * @returns {Draft} shades in the order of the fields
 */
export function draftOf(fields, who) {
  /** @type {Record<string, any>} */
  const definition = { sku: who.sku, kind: who.kind };
  /** @type {Record<string, unknown>} */
  const dimensions = {};
  /** @type {Record<string, unknown>} */
  const points = {};
  const shades = [];
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || name === 'tags' || name === 'price' || name === 'link' || isAdjustment(name)) continue;
    if (name.startsWith(DIMENSION)) dimensions[name.slice(DIMENSION.length)] = value;
    else if (name.startsWith(SHADE)) shades.push(value);
    else if (name.startsWith(POINT)) points[name.slice(POINT.length)] = value;
    else definition[name] = value;
  }
  if (Object.keys(dimensions).length > 0) definition['dimensions_mm'] = dimensions;
  if (shades.length > 0) definition['shades'] = shades;
  if (Object.keys(points).length > 0) definition['points'] = points;
  const adjustment = adjustmentOf(fields);
  if (adjustment !== undefined) definition['adjustment'] = adjustment;
  return {
    definition,
    tags: /** @type {string[]} */ (fields['tags'] ?? []),
    price: /** @type {Price | null} */ (fields['price'] ?? null),
    link: String(fields['link'] ?? ''),
  };
}

/**
 * Equal as JSON, whatever the order of names in an object.
 * @param {unknown} one
 * @param {unknown} other
 * @returns {boolean}
 */
export function same(one, other) {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  const left = /** @type {Record<string, unknown>} */ (one);
  const right = /** @type {Record<string, unknown>} */ (other);
  return [...names].every((name) => same(left[name], right[name]));
}

/**
 * @typedef {object} Change
 * @property {string} field
 * @property {unknown} base
 * @property {unknown} mine
 * @property {unknown} theirs
 * @property {'mine' | 'theirs' | 'both'} by who changed it; "both" differently, and so somebody has to choose
 */

/**
 * What either side changed of the version that both began with. What both changed alike is no matter.
 * @param {Fields} base
 * @param {Fields} mine
 * @param {Fields} theirs
 * @returns {Change[]}
 */
export function changes(base, mine, theirs) {
  /** @type {Change[]} */
  const found = [];
  for (const field of new Set([...Object.keys(theirs), ...Object.keys(mine), ...Object.keys(base)])) {
    const [was, own, other] = [base[field], mine[field], theirs[field]];
    if (same(own, other)) continue;
    const by = same(was, other) ? 'mine' : same(was, own) ? 'theirs' : 'both';
    found.push({ field, base: was, mine: own, theirs: other, by });
  }
  return found;
}

/**
 * Their version with what is chosen of mine; shades that only I have stand at the end.
 * @param {Fields} theirs
 * @param {Change[]} found
 * @param {ReadonlyMap<string, 'mine' | 'theirs'>} chosen for those that both changed, and any other
 * @returns {Fields}
 */
export function merged(theirs, found, chosen) {
  const fields = { ...theirs };
  for (const change of found) {
    const side = chosen.get(change.field) ?? (change.by === 'mine' ? 'mine' : 'theirs');
    if (side === 'theirs') continue;
    if (change.mine === undefined) delete fields[change.field];
    else fields[change.field] = change.mine;
  }
  return fields;
}
