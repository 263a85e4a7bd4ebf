/** The studio's pure modules: skus, prices, fields, and two versions of a product put together. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { adjustmentFields, adjustmentOf, changes, draftOf, fieldsOf, LENS, merged, MOVED, POINT, same, SIZE } from '../../static/js/studio/fields.js';
import { History } from '../../static/js/studio/history.js';
import { follow } from '../../static/js/studio/jobs.js';
import { fieldName, told, toldOf } from '../../static/js/studio/merge.js';
import { priceOf, written } from '../../static/js/studio/money.js';
import { axisOf, mmOf, seenAt } from '../../static/js/studio/pinhole.js';
import { nameOf, SKU, slugOf } from '../../static/js/studio/slug.js';
import { inSteps, wordsOfMove } from '../../static/js/studio/stage.js';

const ODD = { JPY: 0, KWD: 3 };

/** @param {Record<string, unknown>} [more] */
const draft = (more = {}) => ({
  definition: {
    sku: 'velvet',
    kind: 'makeup',
    name: 'Velvet',
    type: 'lipstick',
    finish: 'satin',
    coverage: 0.8,
    shades: [
      { id: 'red', name: 'Red', color: '#b3121d' },
      { id: 'plum', name: 'Plum', color: '#4c1535' },
    ],
    dimensions_mm: { height_mm: 4 },
    ...more,
  },
  tags: ['vegan'],
  price: { minor: 1290, currency: 'EUR' },
  link: 'https://shop.example/velvet',
});
const WHO = { sku: 'velvet', kind: 'makeup' };

test('a sku is made of a name, in whatever letters', () => {
  for (const [name, sku] of [
    ['Évening Rouge', 'evening-rouge'],
    ['  Größe 52□18 ', 'grosse-52-18'],
    ['Łódź', 'lodz'],
    ['???', ''],
    ['x'.repeat(90), 'x'.repeat(64)],
  ]) {
    assert.equal(slugOf(name ?? ''), sku);
    assert.ok(sku === '' || SKU.test(slugOf(name ?? '')));
  }
  assert.equal(nameOf('panto_honey-front.JPG'), 'Panto honey front');
});

test('prices are what people write', () => {
  for (const [text, currency, minor] of /** @type {[string, string, number][]} */ ([
    ['129', 'eur', 12900],
    ['129.9', 'EUR', 12990],
    ['1 290,05', 'EUR', 129005],
    ['500', 'JPY', 500],
    ['1.234', 'KWD', 1234],
  ])) {
    const price = priceOf(text, currency, ODD);
    assert.equal(price?.minor, minor);
    assert.equal(priceOf(written(price, ODD), price?.currency ?? '', ODD)?.minor, minor);
  }
  assert.equal(priceOf('  ', '', ODD), null);
  assert.equal(written({ minor: 5, currency: 'EUR' }, ODD), '0.05');
  assert.throws(() => priceOf('1.5', 'JPY', ODD), /whole number/);
  assert.throws(() => priceOf('1.555', 'EUR', ODD), /looks like/);
  assert.throws(() => priceOf('-1', 'EUR', ODD), /looks like/);
  assert.throws(() => priceOf('1', 'EURO', ODD), /three letters/);
});

test('a draft is its fields', () => {
  assert.deepEqual(draftOf(fieldsOf(draft()), WHO), {
    ...draft(),
    definition: { ...draft().definition },
  });
  const bare = { definition: { sku: 'a', kind: 'eyewear', name: 'A' }, tags: [], price: null, link: '' };
  assert.deepEqual(draftOf(fieldsOf(bare), { sku: 'a', kind: 'eyewear' }), bare);
});

test('equal is equal as JSON', () => {
  assert.ok(same({ a: 1, b: [1, { c: undefined }] }, { b: [1, {}], a: 1 }));
  assert.ok(!same([1], [1, 2]));
  assert.ok(!same({}, []));
  assert.ok(!same(null, undefined));
});

test('two who change different things both keep theirs', () => {
  const base = fieldsOf(draft());
  const mine = fieldsOf(draft({ name: 'Velvet Two', dimensions_mm: { height_mm: 5 } }));
  const theirs = { ...base, price: { minor: 990, currency: 'EUR' }, 'shade plum': { id: 'plum', name: 'Dark plum', color: '#4c1535' } };
  const found = changes(base, mine, theirs);
  assert.deepEqual(
    Object.fromEntries(found.map((change) => [change.field, change.by])),
    { name: 'mine', 'dimension height_mm': 'mine', price: 'theirs', 'shade plum': 'theirs' },
  );
  const together = draftOf(merged(theirs, found, new Map()), WHO);
  assert.equal(together.definition['name'], 'Velvet Two');
  assert.equal(together.definition['dimensions_mm'].height_mm, 5);
  assert.equal(together.price?.minor, 990);
  assert.deepEqual(together.definition['shades'].map((/** @type {{ name: string }} */ shade) => shade.name), ['Red', 'Dark plum']);
});

test('what both changed is chosen, and what both changed alike is no matter', () => {
  const base = fieldsOf(draft());
  const mine = { ...base, name: 'Mine', finish: 'matte' };
  const theirs = { ...base, name: 'Theirs', finish: 'matte' };
  const found = changes(base, mine, theirs);
  assert.deepEqual(found, [{ field: 'name', base: 'Velvet', mine: 'Mine', theirs: 'Theirs', by: 'both' }]);
  assert.equal(merged(theirs, found, new Map([['name', /** @type {const} */ ('mine')]]))['name'], 'Mine');
  assert.equal(merged(theirs, found, new Map())['name'], 'Theirs');
});

test('a shade that one removes and one adds', () => {
  const base = fieldsOf(draft());
  const { 'shade red': _, ...mine } = base;
  const theirs = { ...base, 'shade coral': { id: 'coral', name: 'Coral', color: '#ff7f50' } };
  const together = draftOf(merged(theirs, changes(base, mine, theirs), new Map()), WHO);
  assert.deepEqual(together.definition['shades'].map((/** @type {{ id: string }} */ shade) => shade.id), ['plum', 'coral']);
});

test('values for people', () => {
  const money = (/** @type {{ minor: number, currency: string }} */ price) => `${written(price, ODD)} ${price.currency}`;
  assert.equal(told(undefined, money), 'none');
  assert.equal(told([], money), 'none');
  assert.equal(told(['a', 'b'], money), 'a, b');
  assert.equal(told({ minor: 1290, currency: 'EUR' }, money), '12.90 EUR');
  assert.equal(told({ id: 'red', name: 'Red', color: '#b3121d' }, money), 'Red #b3121d');
  assert.equal(told(0.8000001, money), '0.8');
  assert.equal(fieldName('dimension lens_width_mm'), 'Lens width');
  assert.equal(fieldName('shade red'), 'Shade red');
});

test('two who move different points of a garment do not get into each other\'s way', () => {
  const garment = (/** @type {Record<string, number[]>} */ points) => ({
    definition: { sku: 'tee', kind: 'garment', name: 'Tee', cut: 't_shirt', points: { left_hem: [9, 9], right_hem: [1, 9], ...points } },
    tags: [],
    price: null,
    link: '',
  });
  const base = fieldsOf(garment({}));
  assert.deepEqual(draftOf(base, { sku: 'tee', kind: 'garment' }), garment({}));
  const [mine, theirs] = [fieldsOf(garment({ left_hem: [8, 9] })), fieldsOf(garment({ right_hem: [2, 9] }))];
  const found = changes(base, mine, theirs);
  assert.deepEqual(found.map(({ field, by }) => [field, by]), [[`${POINT}left_hem`, 'mine'], [`${POINT}right_hem`, 'theirs']]);
  const together = draftOf(merged(theirs, found, new Map()), { sku: 'tee', kind: 'garment' });
  assert.deepEqual(together.definition['points'], { left_hem: [8, 9], right_hem: [2, 9] });
});

test('a job is followed through a server that is away for a while, and no further', async () => {
  const job = /** @type {import('../../static/js/studio/jobs.js').Job} */ ({ id: 'a', kind: 'x', state: 'queued', order: {}, step: '', fraction: 0, report: {}, done: 0 });
  /** @type {(Response | null)[]} */
  const answers = [null, new Response('{"error": {"code": "store_unavailable", "sentence": "Wait."}}', { status: 503 }), new Response('{"state": "done"}')];
  const before = { fetch: globalThis.fetch, timeout: globalThis.setTimeout, document: Reflect.get(globalThis, 'document') };
  globalThis.fetch = async () => {
    const answer = answers.shift() ?? null;
    if (answer === null) throw new TypeError('no network');
    return answer;
  };
  Reflect.set(globalThis, 'setTimeout', (/** @type {() => void} */ run) => queueMicrotask(run));
  Reflect.set(globalThis, 'document', { querySelector: () => null });
  try {
    assert.equal((await follow(job, () => {}, new AbortController().signal)).state, 'done');
    answers.push(new Response('{"error": {"code": "not_found", "sentence": "There is no such job."}}', { status: 404 }));
    await assert.rejects(follow(job, () => {}, new AbortController().signal), /no such job/);
    await assert.rejects(follow(job, () => {}, new AbortController().signal), /does not answer/);
  } finally {
    globalThis.fetch = before.fetch;
    globalThis.setTimeout = before.timeout;
    Reflect.set(globalThis, 'document', before.document);
  }
});

const ADJUSTMENT = {
  moved_mm: { nose: /** @type {[number, number, number]} */ ([0, 1.5, 0]), left_lens: /** @type {[number, number, number]} */ ([0, 0, 0]) },
  sizes_mm: { bridge_mm: 19 },
  materials: { gold: { roughness: 0.3 } },
  lens: { type: 'solid', color: '#553322', transmission_percent: 20 },
};

test('what was changed about a frame by hand is fields of its own, and back', () => {
  const fields = adjustmentFields(ADJUSTMENT);
  assert.deepEqual(Object.keys(fields), ['moved nose', 'size bridge_mm', 'material gold', 'own lens']);
  const { left_lens: _, ...moved } = ADJUSTMENT.moved_mm;
  assert.deepEqual(adjustmentOf(fields), { ...ADJUSTMENT, moved_mm: moved });
  assert.equal(adjustmentOf({ name: 'Panto', tags: [] }), undefined);
  const frame = draft({ adjustment: adjustmentOf(fields), kind: 'eyewear' });
  assert.deepEqual(draftOf(fieldsOf(frame), { sku: 'velvet', kind: 'eyewear' }).definition['adjustment'], adjustmentOf(fields));
});

test('two people who change other parts of a frame do not get into each other’s way', () => {
  const frame = (/** @type {Record<string, unknown>} */ adjustment) => fieldsOf(draft({ adjustment }));
  const base = frame({ sizes_mm: { bridge_mm: 18 } });
  const mine = frame({ sizes_mm: { bridge_mm: 18 }, moved_mm: { nose: [0, 1, 0] } });
  const theirs = frame({ sizes_mm: { bridge_mm: 19 }, moved_mm: { nose: [0, 2, 0], left_hinge: [0, 0, -3] } });
  const found = changes(base, mine, theirs);
  assert.deepEqual(
    found.map(({ field, by }) => [field, by]).sort(),
    [[MOVED + 'left_hinge', 'theirs'], [MOVED + 'nose', 'both'], [SIZE + 'bridge_mm', 'theirs']],
  );
  const together = merged(theirs, found, new Map([[MOVED + 'nose', /** @type {const} */ ('mine')]]));
  assert.deepEqual(adjustmentOf(together), { sizes_mm: { bridge_mm: 19 }, moved_mm: { nose: [0, 1, 0], left_hinge: [0, 0, -3] } });
  assert.deepEqual(found.map(({ field }) => fieldName(field)).sort(), ['Bridge in mm', 'Left hinge point', 'Nose point']);
  assert.deepEqual([toldOf(MOVED + 'nose', [0, 2, 0], String), toldOf(SIZE + 'bridge_mm', undefined, String), toldOf('name', undefined, String)], ['2 mm up', 'as found', 'none']);
  assert.equal(told({ roughness: 0.3, color: '#112233' }, String), 'roughness 0.3, color #112233');
  const lens = { type: 'gradient', color: '#223344', transmission_percent: 20, low_percent: 75, anti_reflection: 'green' };
  assert.equal(toldOf(LENS, lens, String), 'a gradient, #223344, 20 to 75 % of the light passes, green coating');
  assert.equal(toldOf(LENS, { type: 'clear', color: '#ffffff', transmission_percent: 92 }, String), 'clear, 92 % of the light passes');
});

test('what was done is undone and done again, a drag at once', () => {
  const history = new History(0);
  assert.equal(history.undo(), false);
  for (const [now, doing] of /** @type {[number, string][]} */ ([[1, 'nose'], [2, 'nose'], [3, 'bridge']])) history.change(now, doing);
  history.pause();
  history.change(4, 'bridge');
  const back = [];
  while (history.undo()) back.push(history.now);
  assert.deepEqual(back, [3, 2, 0]);
  assert.equal(history.redo(), true);
  assert.equal(history.now, 2);
  history.change(9, 'nose');
  assert.equal(history.canRedo, false);
  for (let number = 0; number < 300; number += 1) history.change(number, String(number));
  let steps = 0;
  while (history.undo()) steps += 1;
  assert.equal(steps, 200);
  history.restart(7);
  assert.deepEqual([history.now, history.canUndo, history.canRedo], [7, false, false]);
});

test('the keys for undo and redo are the usual ones, and leave others alone', () => {
  const history = new History(0);
  const press = (/** @type {object} */ key) => {
    let done = '';
    let kept = false;
    const event = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, preventDefault: () => (kept = true), ...key };
    history.keys(/** @type {any} */ (event), () => (done = 'undo'), () => (done = 'redo'));
    assert.equal(kept, done !== '');
    return done;
  };
  assert.equal(press({ key: 'z', ctrlKey: true }), 'undo');
  assert.equal(press({ key: 'Z', metaKey: true, shiftKey: true }), 'redo');
  assert.equal(press({ key: 'y', ctrlKey: true }), 'redo');
  for (const key of [{ key: 'z' }, { key: 'z', ctrlKey: true, altKey: true }, { key: 'x', ctrlKey: true }]) assert.equal(press(key), '');
});

test('a point is where the camera sees it, and a way on the picture is one in millimetres', () => {
  // From the front, 1000 mm away, 2 px a millimetre there.
  const front = { camera_from_product: [[1, 0, 0, 0], [0, -1, 0, 0], [0, 0, -1, 1000], [0, 0, 0, 1]], focal_px: 2000, cx_px: 480, cy_px: 240 };
  assert.deepEqual(seenAt(front, [10, 5, 0]), [500, 230]);
  assert.deepEqual(mmOf(front, [10, 5, 0], [20, -10]), [10, 5, 0]);
  assert.deepEqual(axisOf(front, [0, -1]).map((one) => one || 0), [0, 1, 0]);
  // The wearer's right side, with the front on the right of the picture.
  const side = { ...front, camera_from_product: [[0, 0, 1, 0], [0, -1, 0, 0], [1, 0, 0, 1000], [0, 0, 0, 1]] };
  assert.deepEqual(axisOf(side, [1, 0]).map((one) => one || 0), [0, 0, 1]);
  const [x, y] = seenAt(side, [-60, 3, -8]);
  const by = mmOf(side, [-60, 3, -8], [9, 4]);
  const moved = seenAt(side, [-60 + by[0], 3 + by[1], -8 + by[2]]);
  assert.ok(Math.abs(moved[0] - x - 9) < 1e-9 && Math.abs(moved[1] - y - 4) < 1e-9);
  assert.equal(wordsOfMove([0, 1.5, -2]), '1.5 mm up, 2 mm back');
  assert.equal(wordsOfMove([0, 0, 0]), 'where it was found');
  assert.deepEqual([inSteps(0.26), inSteps(99), inSteps(-0.04)], [0.3, 20, 0]);
});
