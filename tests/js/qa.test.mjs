import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusedBy } from '../../static/js/qa/api.js';
import { combined, goWords } from '../../static/js/qa/looks.js';
import { clock, recordingName } from '../../static/js/qa/recorder.js';
import { ago, doing, left, length, lookTitle, size, until } from '../../static/js/qa/words.js';

const glasses = [{ sku: 'gold' }, { sku: 'black' }];
const lips = [{ sku: 'lip', shade: 'red' }, { sku: 'lip', shade: 'rose' }, { sku: 'gloss' }];

test('each choice is a look by itself', () => {
  assert.deepEqual(combined([glasses, lips], false), [...glasses, ...lips].map((item) => [item]));
  assert.deepEqual(combined([[], []], false), []);
});

test('together, every combination of one of each kind is a look', () => {
  const looks = combined([glasses, lips], true);
  assert.equal(looks.length, 6);
  assert.deepEqual(looks[1], [glasses[0], lips[1]]);
  assert.deepEqual(combined([glasses, []], true), [[glasses[0]], [glasses[1]]]);
  assert.deepEqual(combined([[], []], true), []);
});

test('the button says what is missing, then what it does', () => {
  assert.equal(goWords(false, 2), 'Bring a clip first');
  assert.equal(goWords(true, 0), 'Pick a look first');
  assert.equal(goWords(true, 1), 'Run 1 look');
  assert.equal(goWords(true, 3), 'Run 3 looks');
});

test('sizes, lengths and times are as people read them', () => {
  assert.deepEqual([300, 73_000, 1_500_000, 30_000_000, 1_100_000_000].map(size), ['1 KB', '71 KB', '1.4 MB', '29 MB', '1.0 GB']);
  assert.deepEqual([2000, 59_940, 65_000].map(length), ['2.0 s', '59.9 s', '1:05 min']);
  assert.deepEqual([0.4, 7, 89, 150].map(left), ['nearly done', '7 s left', '89 s left', 'about 3 min left']);
  assert.deepEqual([0, 90_000, 7_200_000, 6 * 86_400_000].map(until), ['in 1 minute', 'in 2 minutes', 'in 2 hours', 'in 6 days']);
  assert.deepEqual([5000, 61_000, 3 * 3_600_000, 3 * 86_400_000].map(ago), ['just now', '1 minute ago', '3 hours ago', '3 days ago']);
});

test('a look is told by the names of products and shades, and by its text where they are gone', () => {
  const products = new Map([
    ['gold', { sku: 'gold', kind: 'eyewear', name: 'Gold', description: '', shades: [] }],
    ['lip', { sku: 'lip', kind: 'makeup', name: 'Lip', description: '', shades: [{ id: 'red', name: 'Red', swatch: '#aa0011' }] }],
  ]);
  assert.equal(lookTitle('gold,lip:red@0.6', products), 'Gold + Lip, Red');
  assert.equal(lookTitle('gone:blue@0.5,gold', products), 'gone:blue@0.5 + Gold');
});

test('a run says what it does', () => {
  const progress = { step: 'take', fraction: 0.1, take: 1, takes: 2, look: 'gold', frames: 14, frames_all: 120, fps: 14.6, eta_s: 7.2 };
  assert.equal(doing(null), 'Starting');
  assert.equal(doing(progress), 'Take 1 of 2 · 14 of 120 frames · 15 frames/s · 7 s left');
  assert.equal(doing({ ...progress, frames_all: null, fps: null, eta_s: null }), 'Take 1 of 2 · 14 frames');
  assert.equal(doing({ ...progress, step: 'report' }), 'Writing the report');
});

test('a refusal has a sentence whatever came back', () => {
  assert.equal(refusedBy('{"error": {"code": "qa_full", "sentence": "The disk is full."}}', 507).message, 'The disk is full.');
  assert.match(refusedBy('<html>', 502).message, /status 502/);
  assert.match(refusedBy('', 0).message, /does not answer/);
});

test('a recording is named by its time and told by a clock', () => {
  assert.equal(recordingName(new Date(2026, 0, 2, 3, 4, 5), 'video/webm;codecs=vp8'), 'Recording 2026-01-02 03.04.05.webm');
  assert.equal(recordingName(new Date(2026, 0, 2, 3, 4, 5), 'video/mp4'), 'Recording 2026-01-02 03.04.05.mp4');
  assert.deepEqual([0, 999, 61_000].map(clock), ['0:00', '0:00', '1:01']);
});
