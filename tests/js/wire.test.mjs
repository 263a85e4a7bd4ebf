import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseReply, readMeasure, serializeFrame, WireError } from '../../static/js/wire.js';
import { bytes, hex, vectors } from './vectors.mjs';

for (const { name, hex: expected, fields } of vectors.frames) {
  test(`serializes ${name}`, () => {
    const { still, sequence, t_ms: tMs, payload } = fields;
    assert.equal(hex(serializeFrame({ still, sequence, tMs, payload: bytes(payload) })), expected);
  });
}

for (const { name, hex: data, fields } of vectors.replies) {
  test(`parses ${name}`, () => {
    const reply = parseReply(bytes(data).buffer);
    assert.deepEqual(
      {
        kind: reply.kind,
        sequence: reply.sequence,
        t_ms: reply.tMs,
        x: reply.x,
        y: reply.y,
        width: reply.width,
        height: reply.height,
        frame_width: reply.frameWidth,
        frame_height: reply.frameHeight,
        server_us: reply.serverUs,
        payload: hex(reply.payload),
      },
      fields,
    );
  });
}

for (const { name, hex: data, error } of vectors.bad_replies) {
  test(`refuses ${name}`, () => {
    assert.throws(
      () => parseReply(bytes(data).buffer),
      (thrown) => thrown instanceof WireError && thrown.code === error && thrown.message.endsWith('.'),
    );
  });
}

test('the payload is a view, not a copy', () => {
  const { buffer } = bytes(vectors.replies[0].hex);
  assert.equal(parseReply(buffer).payload.buffer, buffer);
});

test('there are vectors of every kind', () => {
  assert.deepEqual(new Set(vectors.replies.map((c) => c.fields.kind)), new Set(['whole', 'rectangle', 'unchanged']));
  assert.ok(vectors.frames.length > 1 && vectors.bad_replies.length > 5);
});

for (const { name, text, fields } of vectors.measures) {
  test(`reads sizes: ${name}`, () => {
    const read = readMeasure(JSON.parse(text));
    assert.ok(read !== null);
    const { sizes, fit, corners, tone, ...rest } = read;
    const told = {
      ...rest,
      ...(sizes && {
        sizes: Object.fromEntries(
          Object.entries(sizes).map(([key, { mm, plusMinusMm, source }]) => [key, { mm, plus_minus_mm: plusMinusMm, source }]),
        ),
      }),
      ...(fit && { fit: { sku: fit.sku, ...(fit.frameMm === null ? {} : { frame_mm: fit.frameMm }), advice: fit.advice } }),
      ...(corners && { corners }),
      ...(tone && { tone: snake(tone) }),
    };
    assert.deepEqual(told, fields);
  });
}

for (const { name, text } of vectors.bad_measures) {
  test(`does not show sizes with something missing: ${name}`, () => assert.equal(readMeasure(JSON.parse(text)), null));
}

/** @param {Record<string, unknown>} tone */
function snake(tone) {
  const entries = Object.entries(tone).map(([name, value]) => [
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    name === 'light' ? snake(/** @type {Record<string, unknown>} */ (value)) : value,
  ]);
  return Object.fromEntries(entries);
}
