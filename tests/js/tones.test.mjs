import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classOf, firstProduct, itaOf, labOf, lightOf, likeness, reasonOf, roleOf, spokenTone, sureness, undertoneOf } from '../../static/js/tones.js';
import { readMeasure } from '../../static/js/wire.js';
import { speakIn } from './spoken.mjs';
import { vectors } from './vectors.mjs';

speakIn('en');

const { text } = vectors.measures.find((/** @type {{ name: string }} */ vector) => vector.name.startsWith("a skin's colour"));
const tone = readMeasure(JSON.parse(text))?.tone;
assert.ok(tone);

test('every number comes with its doubt', () => {
  assert.equal(itaOf(tone), '33° ± 14°');
  assert.equal(labOf(tone), 'L*\u00a061\u00a0±\u00a05, a*\u00a010\u00a0±\u00a03, b*\u00a017\u00a0±\u00a04');
  assert.equal(classOf(tone.monk), '4, perhaps 3 to 5');
  assert.equal(classOf({ ...tone.monk, lightest: '4', darkest: '4' }), '4');
  assert.equal(sureness(tone.monk), '56 % sure');
  assert.equal(undertoneOf(tone), 'Neutral, 71 % sure');
  assert.equal(lightOf(tone), 'Warm, ± 20 % from your eyes and the room');
  assert.equal(lightOf({ ...tone, light: { ...tone.light, word: 'cold', source: 'paper' } }), 'Cool, ± 20 % from the paper');
});

test('a screen reader hears the same', () => {
  assert.equal(
    spokenTone(tone),
    'Measured. Monk tone 4, perhaps 3 to 5. Typology angle 33 degrees, plus or minus 14. Undertone: neutral, 71 % sure.',
  );
});

for (const [de00, words] of /** @type {[number, string][]} */ ([[0.4, 'Your shade'], [2.9, 'Very close'], [5, 'Close'], [12, 'Some way off']])) {
  test(`says ${words}`, () => assert.equal(likeness(de00), words));
}

test('a reason is said from its codes, in the language of the page', () => {
  const [advice] = tone.lipsticks;
  assert.equal(roleOf(advice), 'Everyday');
  assert.equal(reasonOf(advice), advice.reason);
  assert.equal(reasonOf({ ...advice, why: null, reason: 'x' }), 'x');
  try {
    speakIn('fr');
    assert.equal(reasonOf(advice), 'Un nude équilibré en harmonie avec votre sous-ton neutre\u00a0; contraste doux, aussi clair que votre peau.');
  } finally {
    speakIn('en');
  }
});

test('only the best product is shown', () => {
  const match = (/** @type {string} */ sku, /** @type {string} */ shade) => ({ sku, shade, de00: 1 });
  assert.deepEqual(firstProduct([match('a', 'x'), match('a', 'y'), match('b', 'x')]), [match('a', 'x'), match('a', 'y')]);
  assert.deepEqual(firstProduct([]), []);
});
