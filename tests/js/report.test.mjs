import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { hexOfLab } from '../../static/report/colour.js';
import { clock, shown, tickLabel, ticks } from '../../static/report/numbers.js';
import { bandPath, linePath, range, unbroken } from '../../static/report/paths.js';
import { Timeline } from '../../static/report/timeline.js';

const vectors = JSON.parse(readFileSync(new URL('../vectors/report.json', import.meta.url), 'utf8'));

for (const [value, unit, expected] of vectors.shown) {
  test(`${value} ${unit} is shown as the server shows it`, () => assert.equal(shown(value, unit), expected));
}

test('frames are found by their times, also where the rate varies', () => {
  const line = new Timeline([0, 333, 333, 1000], 4);
  assert.deepEqual([line.frames, line.lengthMs], [4, 166.6]);
  assert.deepEqual([-5, 0, 33.2, 33.3, 66.7, 166.5, 1e9].map((ms) => line.frameAt(ms)), [0, 0, 0, 1, 2, 2, 3]);
  for (let frame = 0; frame < 4; frame += 1) assert.equal(line.frameAt(line.middleOf(frame)), frame);
  assert.deepEqual([-1, 1.4, Infinity].map((frame) => line.clamp(frame)), [0, 1, 3]);
});

test('a take without frames, and one of a single frame, have no length', () => {
  assert.equal(new Timeline([], 0).pointOf(3), 0);
  const one = new Timeline([0], 1);
  assert.deepEqual([one.lengthMs, one.frameAt(50), one.pointOf(0)], [0, 0, 0]);
  assert.ok(one.middleOf(0) > 0);
});

for (const [frames, points] of [
  [7, 7],
  [7, 3],
  [18000, 1200],
  [1201, 1200],
]) {
  test(`each of ${frames} frames lies in one of ${points} points`, () => {
    const line = new Timeline(Array.from({ length: frames }, () => 333), points);
    for (let frame = 0; frame < frames; frame += 1) {
      const point = line.pointOf(frame);
      assert.ok(line.firstOf(point) <= frame && frame < line.firstOf(point + 1), `frame ${frame}, point ${point}`);
    }
  });
}

test('ticks are round, inside, and few', () => {
  assert.deepEqual(ticks(0, 4.97, 3), [0, 2, 4]);
  assert.deepEqual(ticks(-0.31, 0.29, 4), [-0.2, 0, 0.2]);
  assert.deepEqual(ticks(5, 5, 4), [5]);
  assert.deepEqual([0.98, 0.985].map((value) => tickLabel(value, 0.005)), ['0.980', '0.985']);
  assert.equal(tickLabel(-200, 100), '\u2212200');
});

test('times are seconds, then minutes', () => {
  assert.equal(clock(1234, 2), '1.23\u202fs');
  assert.equal(clock(61_234, 2), '1:01.23');
  assert.equal(clock(600_000, 0), '10:00');
});

test('a gap stays a gap, and a lone value a dot', () => {
  assert.deepEqual(unbroken([null, 1, 2, null, 3, null]), [[1, 3], [4, 5]]);
  const same = (/** @type {number} */ value) => value;
  assert.equal(linePath([null, 1, 2, null, 3], same, same), 'M1,1L2,2M4,3h0.01');
  assert.equal(bandPath([0, 1], [2, 3], same, same), 'M0,2L1,3L1,1L0,0Z');
  assert.deepEqual(range([[null, 3], [1, null]]), [1, 3]);
  assert.equal(range([[null], []]), null);
});

test('Lab becomes the colour that it names', () => {
  // Known pairs: white, black, sRGB's mid grey and its primaries (D65).
  assert.equal(hexOfLab([100, 0, 0]), '#ffffff');
  assert.equal(hexOfLab([0, 0, 0]), '#000000');
  assert.equal(hexOfLab([53.585, 0, 0]), '#808080');
  assert.equal(hexOfLab([53.241, 80.092, 67.203]), '#ff0000');
  assert.equal(hexOfLab([32.297, 79.188, -107.86]), '#0000ff');
});
