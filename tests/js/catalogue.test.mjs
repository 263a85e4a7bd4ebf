import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupBySlot, orderOf, readLooks, readProducts, SLOTS, titled } from '../../static/js/catalogue.js';
import { speakIn } from './spoken.mjs';

speakIn('en');

const products = readProducts({
  products: [
    { sku: 'frame', kind: 'eyewear', name: 'Frame' },
    {
      sku: 'lip',
      kind: 'makeup',
      name: 'Lip',
      shades: [{ id: 'red', name: 'Red', swatch: '#aa0011' }, { id: 'odd', name: 'Odd', swatch: 'url(x)' }],
      makeup: { type: 'lipstick', finish: 'matte', finishes: ['matte', 'gloss'], template: 'full', templates: ['full', 'ombre'] },
    },
    { sku: 'base', kind: 'makeup', name: 'Base', makeup: { type: 'foundation' } },
    { sku: 'new', kind: 'makeup', name: 'New', makeup: { type: 'nose_stud' } },
  ],
});

test('what can be chosen about a product is read, and nothing that is no colour', () => {
  const lip = products[1];
  assert.equal(lip?.slot, 'lipstick');
  assert.deepEqual(lip?.finishes, ['matte', 'gloss']);
  assert.deepEqual(lip?.shades.map((shade) => shade.id), ['red']);
  assert.equal(products[0]?.slot, 'eyewear');
  assert.deepEqual(products[0]?.templates, []);
});

test('the tray goes area by area, and what is new comes last', () => {
  const groups = groupBySlot(products);
  assert.deepEqual(groups.map(({ kind, area }) => [kind, area]), [
    ['eyewear', 'glasses'],
    ['lipstick', 'lips'],
    ['foundation', 'face'],
    ['nose_stud', 'more'],
  ]);
  assert.deepEqual(groups.map(({ graded }) => graded), [false, true, true, true]);
  assert.deepEqual(groups.map(({ title }) => title), ['Glasses', 'Lipstick & gloss', 'Foundation', 'Nose stud']);
});

test('cosmetic order: skin first, lips late, glasses over all', () => {
  assert.ok(orderOf('foundation') < orderOf('blush'));
  assert.ok(orderOf('blush') < orderOf('lipstick'));
  assert.ok(orderOf('lipstick') < orderOf('eyewear'));
  assert.equal(orderOf('nose_stud'), SLOTS.length);
  assert.equal(titled('cat_eye'), 'Cat eye');
});

test('complete looks are read, and no list is none', () => {
  const items = [{ sku: 'lip', shade: 'red' }];
  assert.deepEqual(readLooks({ looks: [{ id: 'a', name: 'A', items }] }), [{ id: 'a', name: 'A', description: '', items }]);
  assert.deepEqual(readLooks(null), []);
});
