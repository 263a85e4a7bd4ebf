import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Level, StatusBoard } from '../../static/js/status.js';

const text = (board, nowMs) => board.at(nowMs)?.text ?? '';

test('a hint shows only once it has lasted', () => {
  const board = new StatusBoard();
  board.set('dark', Level.HINT, 'Too dark.', 0);
  assert.equal(text(board, 499), '');
  assert.equal(text(board, 500), 'Too dark.');
});

test('repeating a hint does not start its time again', () => {
  const board = new StatusBoard();
  for (let nowMs = 0; nowMs <= 500; nowMs += 50) board.set('dark', Level.HINT, 'Too dark.', nowMs);
  assert.equal(text(board, 500), 'Too dark.');
});

test('a shown sentence stays long enough to be read', () => {
  const board = new StatusBoard();
  board.set('saved', Level.NOTE, 'Saved.', 0);
  assert.equal(text(board, 0), 'Saved.');
  board.clear('saved');
  assert.equal(text(board, 1199), 'Saved.');
  assert.equal(text(board, 1200), '');
});

test('a less important sentence waits, a more important one does not', () => {
  const board = new StatusBoard();
  board.set('busy', Level.BUSY, 'Busy.', 0);
  board.at(0);
  board.set('saved', Level.NOTE, 'Saved.', 10);
  assert.equal(text(board, 3000), 'Busy.');
  board.set('away', Level.OFFLINE, 'Reconnecting.', 3001);
  assert.equal(text(board, 3001), 'Reconnecting.');
});

test('hints that take turns do not flicker', () => {
  const board = new StatusBoard();
  board.set('dark', Level.HINT, 'Too dark.', 0);
  assert.equal(text(board, 600), 'Too dark.');
  board.clear('dark');
  board.set('far', Level.HINT, 'Too far.', 610);
  assert.equal(text(board, 1500), 'Too dark.');
  assert.equal(text(board, 1800), 'Too far.');
});

test('the same cause may change its words at once', () => {
  const board = new StatusBoard();
  board.set('busy', Level.BUSY, 'Again in 3 seconds.', 0);
  board.at(0);
  board.set('busy', Level.BUSY, 'Again in 2 seconds.', 1);
  assert.equal(text(board, 1), 'Again in 2 seconds.');
});

test('a sentence with an end clears itself', () => {
  const board = new StatusBoard();
  board.set('saved', Level.NOTE, 'Saved.', 0, 3000);
  assert.equal(text(board, 0), 'Saved.');
  assert.equal(text(board, 2999), 'Saved.');
  assert.equal(text(board, 3000), '');
});
