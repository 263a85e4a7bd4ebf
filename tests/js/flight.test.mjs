import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Flight } from '../../static/js/flight.js';

class Picture {
  closed = 0;
  close() {
    this.closed += 1;
  }
}

test('an answer takes its picture, once', () => {
  const flight = new Flight();
  const picture = new Picture();
  const sequence = flight.add(picture, 0);
  assert.equal(flight.size, 1);
  assert.equal(flight.take(sequence).kept, picture);
  assert.equal(flight.take(sequence), null);
  assert.equal(picture.closed, 0, 'whoever takes it closes it');
});

test('a dropped frame frees its place and its picture', () => {
  const flight = new Flight();
  const picture = new Picture();
  const sequence = flight.add(picture, 0);
  flight.drop(sequence);
  flight.drop(sequence);
  assert.equal(flight.size, 0);
  assert.equal(picture.closed, 1);
  assert.equal(flight.lost, 0);
});

test('an answer is overdue at the time limit, not before', () => {
  const flight = new Flight();
  const [early, late] = [new Picture(), new Picture()];
  flight.add(early, 0);
  const second = flight.add(late, 1);
  assert.equal(flight.expire(1999, 2000), 0);
  assert.equal(flight.expire(2000, 2000), 1);
  assert.deepEqual([early.closed, late.closed, flight.lost, flight.size], [1, 0, 1, 1]);
  assert.equal(flight.take(second).order, 1);
});

test('after a stop no picture is open and no number is used again', () => {
  const flight = new Flight();
  const pictures = [new Picture(), new Picture()];
  const before = pictures.map((picture) => flight.add(picture, 0));
  flight.clear();
  flight.clear();
  assert.deepEqual(pictures.map((picture) => picture.closed), [1, 1]);
  assert.ok(!before.includes(flight.add(new Picture(), 1)));
});
