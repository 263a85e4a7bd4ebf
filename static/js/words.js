/**
 * What the page says, in the shopper's language, and numbers as that language writes them. The server makes a module of
 * the words of each language, which calls `speak` before the page's own script runs; templates/words has them.
 */

/** @typedef {string | Readonly<Record<string, string>>} Word with a `{count}`: one for each plural form of it */
/** @typedef {Readonly<Record<string, Readonly<Record<string, Word>>>>} Words by section and key */
/** @typedef {Readonly<Record<string, string | number>>} Values numbers are written as the language does */

/** @type {Words} */
let words = {};
let language = 'en';
/** @type {Map<string, Intl.NumberFormat>} by locale and digits */
const formats = new Map();

/**
 * @param {Words} found
 * @param {string} letters the language's two
 */
export function speak(found, letters) {
  words = found;
  language = letters;
}

/** The two letters of the language that is spoken. */
export function spoken() {
  return language;
}

/** Whether there is anything to say: a page that lacks its words is not whole. */
export function speaking() {
  return Object.keys(words).length > 0;
}

/**
 * The language as Intl takes it: in the shopper's own region where the browser names one, as for `1.5` in Zurich.
 * @param {readonly string[]} [preferred] the browser's
 */
export function locale(preferred = globalThis.navigator?.languages ?? []) {
  return preferred.find((tag) => tag.split('-')[0] === language) ?? language;
}

/**
 * @param {string} key `section.key`
 * @param {Values} [values]
 * @returns {string} the key itself where there is no such word, which the tests do not let pass
 */
export function say(key, values = {}) {
  return told(key, key, values);
}

/**
 * What a code means, as the server or the catalogue names it.
 * @param {string} key `section.code`
 * @param {string} otherwise where this page has no words for it, as for one that is newer
 * @param {Values} [values]
 */
export function told(key, otherwise, values = {}) {
  const [section = '', name = ''] = key.split('.');
  const own = Object.hasOwn(words, section) ? words[section] : undefined;
  const word = own !== undefined && Object.hasOwn(own, name) ? own[name] : undefined;
  if (word === undefined) return otherwise;
  const text = typeof word === 'string' ? word : formOf(word, Number(values['count']));
  return text.replace(/\{(\w+)\}/g, (_, held) => written(values[held]));
}

/**
 * A number with so many digits behind the point.
 * @param {number} value
 * @param {number} [digits]
 */
export function number(value, digits = 0) {
  return formatOf(digits).format(value);
}

/**
 * A format takes milliseconds to make, and the page writes dozens of numbers as it opens.
 * @param {number} [digits] behind the point, exactly; otherwise as many as the number has
 */
function formatOf(digits) {
  const tag = locale();
  const key = `${tag} ${digits}`;
  const made = formats.get(key);
  if (made !== undefined) return made;
  const exact = digits === undefined ? {} : { minimumFractionDigits: digits, maximumFractionDigits: digits };
  const format = new Intl.NumberFormat(tag, { ...exact, useGrouping: false });
  formats.set(key, format);
  return format;
}

/**
 * @param {Readonly<Record<string, string>>} forms
 * @param {number} count
 */
function formOf(forms, count) {
  return forms[new Intl.PluralRules(language).select(count)] ?? forms['other'] ?? '';
}

/** @param {string | number | undefined} value */
function written(value) {
  if (typeof value !== 'number') return value ?? '';
  return formatOf().format(value);
}
