/** The vectors that the server's own tests read too. */
import { readFileSync } from 'node:fs';

export const vectors = JSON.parse(readFileSync(new URL('../vectors/wire.json', import.meta.url), 'utf8'));

/** @param {string} hex */
export function bytes(hex) {
  return Uint8Array.from(Buffer.from(hex, 'hex')); // its own memory, not a piece of a pool
}

/** @param {Uint8Array | ArrayBuffer} data */
export function hex(data) {
  return Buffer.from(data).toString('hex');
}
