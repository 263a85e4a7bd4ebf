/** Prices as people write them, and in a currency's smallest unit. */

/** @typedef {{ minor: number, currency: string }} Price */

/**
 * How many digits stand behind a price's point.
 * @param {string} currency
 * @param {Readonly<Record<string, number>>} odd those that do not have two
 */
export const digitsOf = (currency, odd) => odd[currency] ?? 2;

/**
 * @param {Price | null} price
 * @param {Readonly<Record<string, number>>} odd
 */
export function written(price, odd) {
  if (price === null) return '';
  const digits = digitsOf(price.currency, odd);
  const text = String(price.minor).padStart(digits + 1, '0');
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/**
 * The price that was meant; null for an empty text. Throws an Error with a sentence.
 * @param {string} amount
 * @param {string} currency
 * @param {Readonly<Record<string, number>>} odd
 * @returns {Price | null}
 */
export function priceOf(amount, currency, odd) {
  const text = amount.trim().replace(/\s/g, '');
  if (text === '') return null;
  const code = currency.trim().toUpperCase();
  if (!/^[A-Z]{3}$/.test(code)) throw new Error('A currency is three letters, such as EUR.');
  const match = /^(\d{1,10})(?:[.,](\d+))?$/.exec(text);
  const digits = digitsOf(code, odd);
  if (match === null || (match[2] ?? '').length > digits) {
    throw new Error(digits === 0 ? `A price in ${code} is a whole number.` : `A price in ${code} looks like 129.${'0'.repeat(digits)}.`);
  }
  return { minor: Number(match[1]) * 10 ** digits + Number((match[2] ?? '').padEnd(digits, '0') || '0'), currency: code };
}
