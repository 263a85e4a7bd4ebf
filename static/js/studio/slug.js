/** A sku from a name: small letters, digits and dashes, as addresses have them. */

export const SKU = /^[a-z0-9][a-z0-9-]{0,63}$/;

// What Unicode does not take apart into a letter and its mark.
const LETTERS = Object.freeze({ ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ł: 'l', þ: 'th', ð: 'd', ı: 'i' });

/**
 * @param {string} name
 * @returns {string} empty where nothing of it can stand in a sku
 */
export function slugOf(name) {
  const plain = name
    .toLowerCase()
    .replace(/[ßæœøđłþðı]/g, (letter) => LETTERS[/** @type {keyof typeof LETTERS} */ (letter)])
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '');
  return plain
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 64)
    .replace(/^-+|-+$/g, '');
}

/**
 * A name from a file's: without its ending, with spaces.
 * @param {string} file
 */
export function nameOf(file) {
  const stem = file.replace(/\.[^.]*$/, '').replace(/[_-]+/g, ' ').replace(/\s+/g, ' ').trim();
  return (stem.charAt(0).toUpperCase() + stem.slice(1)).slice(0, 120);
}
