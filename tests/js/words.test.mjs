import assert from 'node:assert/strict';
import { test } from 'node:test';
import { locale, number, say, speak, speaking, told } from '../../static/js/words.js';

const WORDS = { tray: { plain: 'Ja', size: '{mm} mm {mm} {more}', away: { one: '{count} Dioptrie', other: '{count} Dioptrien' } } };

test('without words a page is not whole', () => {
  assert.equal(speaking(), false);
  speak(WORDS, 'de');
  assert.equal(speaking(), true);
});

test('words are filled in, numbers as the language writes them', () => {
  speak(WORDS, 'de');
  assert.equal(say('tray.plain'), 'Ja');
  assert.equal(say('tray.size', { mm: 62.5, more: '{mm}' }), '62,5 mm 62,5 {mm}');
  assert.equal(number(62.46, 1), '62,5');
  assert.equal(number(1234, 0), '1234');
});

test('a plural form is that of its count', () => {
  speak(WORDS, 'de');
  assert.equal(say('tray.away', { count: 1 }), '1 Dioptrie');
  assert.equal(say('tray.away', { count: -2.25 }), '-2,25 Dioptrien');
  speak(WORDS, 'fr');
  assert.equal(say('tray.away', { count: -1.5 }), '-1,5 Dioptrie');
});

test('what there are no words for is said otherwise', () => {
  speak(WORDS, 'de');
  assert.equal(told('tray.new', 'The server says'), 'The server says');
  assert.equal(told('new.plain', 'The server says'), 'The server says');
  for (const odd of ['constructor.name', 'tray.constructor', '', '.', 'tray']) assert.equal(told(odd, 'x'), 'x');
});

test('numbers are written as in the region that the browser names', () => {
  speak(WORDS, 'de');
  assert.equal(locale(['en-US', 'de-CH', 'de']), 'de-CH');
  assert.equal(locale(['den', 'fr']), 'de');
  assert.equal(locale([]), 'de');
});
