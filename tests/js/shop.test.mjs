import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readProducts } from '../../static/js/catalogue.js';
import { readStart, worn } from '../../static/js/embedder.js';
import { parseAddress } from '../../static/js/look.js';
import { priceText } from '../../static/js/offer.js';

const start = { tryon: 1, type: 'start', token: 't', sku: 'juniper', shade: 'rose', products: 'all', snapshots: true };

test('what the shop asks for is read', () => {
  assert.deepEqual(readStart(start), { token: 't', sku: 'juniper', shade: 'rose', all: true, snapshots: true });
  const bare = { tryon: 1, type: 'start', token: 't', sku: 'juniper', shade: null, products: null };
  assert.deepEqual(readStart(bare), { token: 't', sku: 'juniper', shade: null, all: false, snapshots: false });
});

for (const other of [null, undefined, 'start', 7, [], {}, { ...start, tryon: 2 }, { ...start, type: 'ready' }, { ...start, token: 1 }, { ...start, sku: null }]) {
  test(`what is no message of ours is passed over: ${JSON.stringify(other)}`, () => assert.equal(readStart(other), null));
}

test('the shop is told what is worn, its own product first, and nothing else of it', () => {
  const items = [{ sku: 'lip', shade: 'red', strength: 0.5 }, { sku: 'juniper', power: -2 }];
  assert.deepEqual(worn(items, 'juniper'), {
    sku: 'juniper',
    shade: null,
    items: [{ sku: 'lip', shade: 'red' }, { sku: 'juniper', shade: null }],
  });
  assert.equal(worn(items, 'other')?.sku, 'lip');
  assert.equal(worn([], 'juniper'), null);
});

test('a frame of the shop wears the product of its address', () => {
  assert.deepEqual(parseAddress({ hash: '', pathname: '/embed/juniper' }), [{ sku: 'juniper' }]);
  assert.deepEqual(parseAddress({ hash: '#look=juniper:rose', pathname: '/embed/juniper' }), [{ sku: 'juniper', shade: 'rose' }]);
  assert.deepEqual(parseAddress({ hash: '', pathname: '/embedded/juniper' }), []);
});

test('prices are written as their currency is', () => {
  for (const [minor, currency, digits, text] of /** @type {[number, string, number, string][]} */ ([
    [12900, 'EUR', 2, '€129.00'],
    [12900, 'JPY', 0, '¥12,900'],
    [1, 'KWD', 3, 'KWD 0.001'],
    // Browsers write these without digits; a hundredth of one is the unit all the same.
    [1290000, 'HUF', 2, 'HUF 12,900'],
    [1290050, 'HUF', 2, 'HUF 12,900.50'],
    [12900, 'IQD', 3, 'IQD 12.900'],
    // And this one with four.
    [12900, 'CLF', 2, 'CLF 129.00'],
  ])) {
    assert.equal(priceText({ minor, currency, digits }, 'en').replace(/\s/, ' '), text);
  }
});

test('prices and links that are none are left out', () => {
  const [good, bad, none] = readProducts({
    products: [
      { sku: 'a', kind: 'eyewear', name: 'A', price: { minor: 100, currency: 'EUR', digits: 2 }, link: 'https://shop.example/a' },
      { sku: 'b', kind: 'eyewear', name: 'B', price: { minor: 1.5, currency: 'EUR' }, link: 'javascript:alert(1)' },
      { sku: 'c', kind: 'eyewear', name: 'C' },
    ],
  });
  assert.deepEqual([good?.price, good?.link], [{ minor: 100, currency: 'EUR', digits: 2 }, 'https://shop.example/a']);
  assert.deepEqual([bad?.price, bad?.link], [null, '']);
  assert.deepEqual([none?.price, none?.link], [null, '']);
});
