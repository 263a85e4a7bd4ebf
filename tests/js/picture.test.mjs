import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupByKind, readProducts, thumbnailUrl } from '../../static/js/catalogue.js';
import { sentSize } from '../../static/js/encoder.js';
import { featherOf } from '../../static/js/painter.js';
import { snapshotName } from '../../static/js/snapshot.js';

const limits = { maxWidth: 1280, maxHeight: 1280 };

for (const [width, height, expected] of [
  [1280, 720, { width: 640, height: 360 }],
  [640, 480, { width: 640, height: 480 }],
  [720, 1280, { width: 360, height: 640 }],
  [320, 240, { width: 320, height: 240 }],
  [4000, 3, { width: 640, height: 1 }],
]) {
  test(`a picture of ${width}×${height} is sent as ${expected.width}×${expected.height}`, () =>
    assert.deepEqual(sentSize(width, height, limits), expected));
}

test('a smaller limit of the server wins', () => {
  assert.deepEqual(sentSize(1280, 720, { maxWidth: 320, maxHeight: 100 }), { width: 178, height: 100 });
});

const frame = { frameWidth: 640, frameHeight: 480 };

test('a rectangle inside the frame is blended on all sides', () => {
  assert.deepEqual(featherOf({ x: 8, y: 8, width: 100, height: 60, ...frame }), { left: 8, top: 8, right: 8, bottom: 8 });
});

test('sides on the border of the frame are not: the product may reach there', () => {
  assert.deepEqual(featherOf({ x: 0, y: 0, width: 640, height: 480, ...frame }), { left: 0, top: 0, right: 0, bottom: 0 });
  assert.deepEqual(featherOf({ x: 0, y: 100, width: 200, height: 380, ...frame }), { left: 0, top: 8, right: 8, bottom: 0 });
});

test('a small rectangle keeps a middle', () => {
  assert.deepEqual(featherOf({ x: 9, y: 9, width: 10, height: 4, ...frame }), { left: 5, top: 2, right: 5, bottom: 2 });
});

const lipstick = { sku: 'lip', kind: 'makeup', name: 'Lip', shades: [{ id: 'a', name: 'A', swatch: '#aa0011' }] };

test('groups come in the order of the tray, unknown kinds last, empty ones never', () => {
  const products = readProducts({ products: [{ sku: 'hat', kind: 'hats', name: 'Hat' }, lipstick] });
  assert.deepEqual(groupByKind(products).map(({ title, graded }) => [title, graded]), [['Makeup', true], ['Hats', false]]);
});

test('a swatch that is no colour is left out', () => {
  const [product] = readProducts({ products: [{ ...lipstick, shades: [{ id: 'x', name: 'X', swatch: 'url(x)' }] }] });
  assert.deepEqual(product.shades, []);
});

for (const body of [null, [], {}, { products: 'none' }]) {
  test(`${JSON.stringify(body)} is no catalogue`, () => assert.throws(() => readProducts(body), /list of products/));
}

test('names become safe parts of addresses and files', () => {
  assert.equal(thumbnailUrl('a/b'), '/api/catalogue/a%2Fb/thumbnail.png');
  assert.equal(snapshotName(['aviator', 'lip/../x']), 'tryon-aviator-lip-x.png');
  assert.equal(snapshotName([]), 'tryon.png');
});
