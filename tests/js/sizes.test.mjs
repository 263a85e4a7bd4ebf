import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adviceOf, asText, Calm, hintOf, lengthOf, markOf, rows, sourceOf, spoken } from '../../static/js/sizes.js';
import { readMeasure } from '../../static/js/wire.js';
import { speakIn } from './spoken.mjs';
import { vectors } from './vectors.mjs';

speakIn('en');

/** @param {string} name */
function told(name) {
  const { text } = vectors.measures.find((/** @type {{ name: string }} */ vector) => vector.name.startsWith(name));
  const measure = readMeasure(JSON.parse(text));
  assert.ok(measure !== null);
  return measure;
}

test('a length has tenths only where they mean something', () => {
  assert.equal(lengthOf({ mm: 62.53, plusMinusMm: 2.4, source: 'iris size' }), '62.5 ± 2.4 mm');
  assert.equal(lengthOf({ mm: 139.4, plusMinusMm: 11.2, source: 'iris size' }), '139 ± 11 mm');
});

test('the source is named', () => {
  assert.equal(sourceOf({ mm: 1, plusMinusMm: 1, source: 'iris size' }), 'from iris size');
  assert.equal(sourceOf({ mm: 1, plusMinusMm: 1, source: 'card' }), 'from the card');
});

for (const [verdict, sure, mark] of /** @type {const} */ ([
  ['fits', true, 'check'],
  ['fits', false, 'unsure'],
  ['too_large', true, 'warn'],
  ['too_small', false, 'unsure'],
])) {
  test(`${sure ? 'surely' : 'perhaps'} ${verdict} is marked ${mark}`, () => {
    assert.equal(markOf({ aspect: 'width', verdict, sure, sentence: '', values: {} }), mark);
  });
}

test('everything can be copied, with doubt, source and advice', () => {
  const lines = asText(told('measured, with a frame')).split('\n');
  assert.equal(lines.length, rows().length + 1);
  assert.equal(lines[0], 'Between your pupils, far: 62.3 ± 4.2 mm, from iris size');
  assert.equal(lines.at(-1), 'Width perhaps 3 mm too wide: frame 147 mm, face 139 ± 11 mm.');
});

test('advice is said from its numbers, in the language of the page', () => {
  const { advice } = told('measured, with a frame').fit ?? { advice: [] };
  const centring = { aspect: 'centring', verdict: /** @type {const} */ ('fits'), sure: true, sentence: 'so' };
  const outside = { ...centring, values: { off_mm: 0, inside_mm: -1, plus_minus_mm: 2 } };
  try {
    speakIn('de');
    assert.deepEqual(advice.map(adviceOf), ['Die Brille ist vielleicht 3\u00a0mm zu breit: Brille 147\u00a0mm, Gesicht 139\u00a0±\u00a011\u00a0mm.']);
    assert.match(adviceOf(outside), /^Die Zentrierung passt: .* 1\u00a0±\u00a02\u00a0mm neben der Glasmitte hindurch, zur Schläfe hin/);
    assert.equal(adviceOf({ ...outside, aspect: 'hinges' }), 'so');
  } finally {
    speakIn('en');
  }
});

test('a hint that is newer than the page is told in the words of the server', () => {
  assert.equal(hintOf('too_far', { too_far: 'x' }), 'You are far away. Come closer to the camera.');
  assert.equal(hintOf('too_loud', { too_loud: 'x' }), 'x');
  assert.equal(hintOf('constructor', {}), '');
});

test('without numbers there is nothing to copy or to say', () => {
  assert.equal(asText(told('nobody')), '');
  assert.equal(spoken(told('nobody')), '');
});

test('what is spoken has words for every sign', () => {
  const words = spoken(told('measured with a card'));
  assert.match(words, /62\.3 millimetres, plus or minus 1\.1, from the card\./);
  assert.doesNotMatch(words, /±|mm/);
});

test('a calm line keeps the newest text and changes no sooner than it may', () => {
  const line = new Calm(1000);
  line.set('a');
  assert.equal(line.at(0), 'a');
  line.set('b');
  line.set('c');
  assert.equal(line.at(999), 'a');
  assert.equal(line.at(1000), 'c');
  line.clear();
  assert.equal(line.at(1001), '');
  line.set('d');
  assert.equal(line.at(1002), 'd');
});
