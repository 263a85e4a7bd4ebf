import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backoff, retryAfterMs } from '../../static/js/backoff.js';
import { Window } from '../../static/js/measure.js';
import { describe } from '../../static/js/readout.js';
import { speakIn } from './spoken.mjs';

speakIn('en');

test('waits double up to a ceiling and start over', () => {
  const backoff = new Backoff(() => 0.999999);
  const waits = Array.from({ length: 8 }, () => Math.round(backoff.next()));
  assert.deepEqual(waits, [250, 500, 1000, 2000, 4000, 8000, 8000, 8000]);
  backoff.reset();
  assert.equal(Math.round(backoff.next()), 250);
});

test('waits are never shorter than half their span', () => {
  const backoff = new Backoff(() => 0);
  assert.deepEqual([backoff.next(), backoff.next()], [125, 250]);
});

for (const [header, expected] of [
  ['2', 2000],
  ['0', 500],
  ['0.7', 700],
  ['86400', 30_000],
  ['-1', 3000],
  ['', 3000],
  ['Wed, 21 Oct 2026 07:28:00 GMT', 3000],
  [null, 3000],
]) {
  test(`Retry-After ${header} waits ${expected} ms`, () => assert.equal(retryAfterMs(header, 3000), expected));
}

test('the window gives the median and the rate of its last seconds only', () => {
  const window = new Window();
  window.add(0, 1000);
  for (let tMs = 5000; tMs <= 6000; tMs += 100) window.add(tMs, tMs === 6000 ? 90 : 10);
  assert.equal(window.median(6000), 10);
  assert.equal(window.rate(6000), 10);
  assert.equal(window.rate(20_000), 0);
  assert.ok(Number.isNaN(window.median(20_000)));
});

test('an even number of values has its middle between two', () => {
  const window = new Window();
  for (const value of [4, 1, 3, 2]) window.add(0, value);
  assert.equal(window.median(0), 2.5);
  assert.equal(window.rate(0), 0, 'no time passed, so there is no rate');
});

test('the window is bounded', () => {
  const window = new Window();
  for (let n = 0; n < 10_000; n += 1) window.add(0, n);
  assert.equal(window.median(0), 10_000 - 256.5);
});

test('the read-out has words for what is not known', () => {
  const rows = new Map(
    describe({
      roundTripMs: NaN,
      serverMs: 5.24,
      shownFps: 0,
      sourceFps: 29.97,
      sentBytes: 51_300,
      receivedBytes: NaN,
      sentSize: '640×480',
      shownSize: '',
      dropped: 2,
    }),
  );
  assert.equal(rows.get('Round trip, median'), '–');
  assert.equal(rows.get('Of that, the server'), '5.2 ms');
  assert.equal(rows.get('Source'), '30.0 frames/s');
  assert.equal(rows.get('Sent a frame'), '51.3 KB');
  assert.equal(rows.get('Shown picture'), '–');
  assert.equal(rows.get('Dropped'), '2');
});
