import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BARE, bands, formatHash, MAX_ITEMS, parseAddress, parseHash, parseSplit, sameLook, settled, takeOff, toItems, wear } from '../../static/js/look.js';

const both = wear(wear(BARE, 'eyewear', { sku: 'aviator' }), 'makeup', { sku: 'lip', shade: 'rosewood', strength: 0.7 });

test('one product of a kind is worn', () => {
  const other = wear(both, 'eyewear', { sku: 'round' });
  assert.deepEqual(toItems(other).map((item) => item.sku), ['round', 'lip']);
  assert.deepEqual(toItems(takeOff(other, 'makeup')).map((item) => item.sku), ['round']);
  assert.deepEqual(toItems(both).map((item) => item.sku), ['aviator', 'lip'], 'the look before is untouched');
});

test('an address says the look and reads back', () => {
  assert.equal(formatHash(both), '#look=aviator,lip:rosewood@70');
  assert.deepEqual(parseHash(formatHash(both)), toItems(both));
  assert.equal(formatHash(BARE), '');
});

test('names with separators survive', () => {
  const odd = wear(BARE, 'eyewear', { sku: 'a,b:c@50%', shade: 'ä/#' });
  assert.deepEqual(parseHash(formatHash(odd)), toItems(odd));
});

for (const [hash, expected] of [
  ['', []],
  ['#', []],
  ['#look=', []],
  ['#other=aviator', []],
  ['#look=%', []],
  ['#look=,,aviator,', [{ sku: 'aviator' }]],
  ['#look=a:b:c', []],
  ['#look=lip@900', [{ sku: 'lip', strength: 1 }]],
  ['#look=lip@-5', []],
  ['#look=wire:brown-fade~-2.5', [{ sku: 'wire', shade: 'brown-fade', power: -2.5 }]],
  ['#look=wire:grey@40~1', [{ sku: 'wire', shade: 'grey', strength: 0.4, power: 1 }]],
  ['#look=wire~-99', [{ sku: 'wire', power: -12 }]],
  ['#look=wire~x', []],
  ['#look=lip:coral@0', [{ sku: 'lip', shade: 'coral', strength: 0 }]],
  [`#look=${'a'.repeat(65)}`, []],
  [`#look=${'a'.repeat(64)}`, [{ sku: 'a'.repeat(64) }]],
]) {
  test(`reads ${JSON.stringify(hash).slice(0, 30)}`, () => assert.deepEqual(parseHash(hash), expected));
}

test('an address names no more items than the protocol takes', () => {
  const many = Array.from({ length: MAX_ITEMS + 1 }, (_, n) => `s${n}`).join(',');
  assert.equal(parseHash(`#look=${many}`).length, MAX_ITEMS);
});

test('looks are equal by what is worn', () => {
  assert.ok(sameLook(both, wear(wear(BARE, 'eyewear', { sku: 'aviator' }), 'makeup', { sku: 'lip', shade: 'rosewood', strength: 0.7 })));
  assert.ok(!sameLook(both, BARE));
});

test('an address names a look, else a product', () => {
  const at = (/** @type {string} */ pathname, hash = '') => parseAddress({ pathname, hash });
  assert.deepEqual(at('/p/aviator-gold'), [{ sku: 'aviator-gold' }]);
  assert.deepEqual(at('/p/aviator-gold', '#look=velvet:red'), [{ sku: 'velvet', shade: 'red' }]);
  for (const path of ['/', '/p/', '/p/Big', '/p/a/b', '/x/a', '/p/%3Cb%3E']) assert.deepEqual(at(path), []);
});

test('a finish and a style are part of an address where they are not the usual ones', () => {
  const item = { sku: 'lip', shade: 'rosewood', strength: 0.7, finish: 'gloss', template: 'ombre' };
  const look = wear(BARE, 'lipstick', item);
  assert.equal(formatHash(look), '#look=lip:rosewood@70!gloss*ombre');
  assert.deepEqual(parseHash(formatHash(look)), [item]);
});

const pair = { sku: 'lip', shades: ['rosewood', 'brick'] };

test('an address divides the face and reads back', () => {
  assert.equal(formatHash(both, 'bare'), '#look=aviator,lip:rosewood@70&split=bare');
  assert.equal(parseSplit(formatHash(both, 'bare')), 'bare');
  assert.equal(formatHash(both, pair), '#look=aviator,lip:rosewood@70&split=lip:rosewood:brick');
  assert.deepEqual(parseSplit(formatHash(both, pair)), pair);
  assert.deepEqual(parseHash(formatHash(both, pair)), toItems(both));
  assert.equal(formatHash(BARE, 'bare'), '');
});

for (const hash of ['', '#look=a', '#split=bare', '#look=a&split=', '#look=a&split=a', '#look=a&split=a:b', '#look=a&split=a:b:c:d:e', '#look=a&split=a::c', '#look=a&split=%:b:c']) {
  test(`divides nothing for ${JSON.stringify(hash)}`, () => assert.equal(parseSplit(hash), null));
}

test('bands are seen from left to right', () => {
  assert.deepEqual(bands(both, null), [toItems(both)]);
  assert.deepEqual(bands(both, 'bare'), [[], toItems(both)]);
  assert.deepEqual(bands(BARE, 'bare'), [[]]);
  assert.deepEqual(bands(both, { sku: 'other', shades: ['a', 'b'] }), [toItems(both)]);
  const shades = bands(both, { sku: 'lip', shades: ['a', 'b', 'c'] }).map((items) => items.map((item) => item.shade));
  assert.deepEqual(shades, [[undefined, 'a'], [undefined, 'b'], [undefined, 'c']]);
});

test('a division follows the look', () => {
  assert.deepEqual(settled(both, pair), pair);
  const coral = wear(both, 'makeup', { sku: 'lip', shade: 'coral' });
  assert.deepEqual(settled(coral, pair), { sku: 'lip', shades: ['coral', 'brick'] }, 'the worn shade is on the left');
  const brick = wear(both, 'makeup', { sku: 'lip', shade: 'brick' });
  assert.deepEqual(settled(brick, pair), { sku: 'lip', shades: ['brick', 'rosewood'] });
  const three = { sku: 'lip', shades: ['rosewood', 'brick', 'coral'] };
  assert.deepEqual(settled(brick, three), three);
  assert.equal(settled(wear(both, 'makeup', { sku: 'lip', shade: 'plum' }), three), null);
  assert.equal(settled(takeOff(both, 'makeup'), pair), null);
  assert.equal(settled(BARE, 'bare'), null);
  assert.equal(settled(both, 'bare'), 'bare');
});
