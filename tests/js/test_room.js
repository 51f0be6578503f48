// SPDX-License-Identifier: MIT

import assert from 'node:assert/strict';
import test from 'node:test';
import { Room } from '../../htdocs/chat/state/room.js';

const TIME = '2026-11-27T06:00:00Z';

function message(seq, text, more) {
  return { seq, kind: 'message', role: 'user', text, time: TIME, ...more };
}

function reply(seq, text, more) {
  return message(seq, text, { role: 'assistant', ref: 1, ...more });
}

function roomOf(...events) {
  const room = new Room();
  const next = events.at(-1)?.seq ?? 0;
  room.replace({ events, next, more: false });
  return room;
}

function texts(room) {
  return room.messages().map(({ text }) => text);
}

test('a page is shown in the order of its numbers, and an event behind it joins at its end', () => {
  const room = roomOf(message(1, 'one'), message(2, 'two'));
  assert.equal(room.apply(message(3, 'three')).text, 'three');
  assert.deepEqual(texts(room), ['one', 'two', 'three']);
  assert.equal(room.cursor, 3);
});

test('an event that comes twice is applied once', () => {
  const room = roomOf(message(1, 'one'));
  assert.ok(room.apply(message(2, 'two')));
  assert.equal(room.apply(message(2, 'two')), null);
  assert.deepEqual(texts(room), ['one', 'two']);
});

test('older pages go in front, and what was known already is not shown twice', () => {
  const room = roomOf(message(5, 'five'));
  room.hasOlder = true;
  const added = room.prepend({ events: [message(3, 'three'), message(4, 'four'), message(5, 'five')],
    more: false });
  assert.deepEqual(added.map(({ seq }) => seq), [3, 4]);
  assert.deepEqual(texts(room), ['three', 'four', 'five']);
  assert.equal(room.hasOlder, false);
  assert.equal(room.first(), 3);
});

test('a message that is known from the answer to the post is put right by its event', () => {
  const room = roomOf(message(1, 'one'));
  const known = room.addAnswered(message(3, 'mine', { time: '2026-11-27T06:00:09Z' }));
  room.apply(message(2, 'somebody’s'));
  assert.equal(room.apply(message(3, 'mine')), known);
  assert.deepEqual(texts(room), ['one', 'somebody’s', 'mine']);
  assert.equal(known.time.toISOString(), '2026-11-27T06:00:00.000Z');
});

test('an answer that comes after its event adds nothing', () => {
  const room = roomOf(message(1, 'one'));
  assert.equal(room.addAnswered(message(1, 'one')), null);
  assert.deepEqual(texts(room), ['one']);
});

test('a reply grows by its parts, whose places count code points and not UTF-16 units', () => {
  const room = roomOf(message(1, 'question'), reply(2, '😀', { state: 'streaming' }));
  assert.ok(room.apply({ seq: 3, kind: 'part', ref: 2, off: 1, text: '한🙂' }));
  assert.ok(room.apply({ seq: 4, kind: 'part', ref: 2, off: 3, text: '.' }));
  assert.equal(room.find(2).text, '😀한🙂.');
});

test('a part that is known in part adds the rest of it, and one behind a gap is left out', () => {
  const room = roomOf(message(1, 'question'), reply(2, 'abc', { state: 'streaming' }));
  assert.ok(room.apply({ seq: 3, kind: 'part', ref: 2, off: 1, text: 'bcd' }));
  assert.equal(room.apply({ seq: 4, kind: 'part', ref: 2, off: 9, text: 'z' }), null);
  assert.equal(room.find(2).text, 'abcd');
});

test('the end of a reply brings the whole text', () => {
  const room = roomOf(message(1, 'question'), reply(2, 'ab', { state: 'streaming' }));
  room.apply({ seq: 3, kind: 'done', ref: 2, state: 'done', text: 'abc' });
  assert.equal(room.find(2).text, 'abc');
  assert.equal(room.find(2).state, 'done');
});

test('a reply that has ended does not begin again, whatever comes late', () => {
  const room = roomOf(message(1, 'question'), reply(2, 'abc'));
  assert.equal(room.apply({ seq: 3, kind: 'part', ref: 2, off: 3, text: 'd' }), null);
  assert.equal(room.apply(reply(4, 'new', { state: 'streaming' })).text, 'new');
  assert.equal(room.find(2).text, 'abc');
});

test('events about a message whose page is still being read are applied when it comes', () => {
  const room = roomOf(message(10, 'ten'));
  assert.equal(room.apply({ seq: 11, kind: 'delete', ref: 4 }), null);
  assert.equal(room.apply({ seq: 12, kind: 'part', ref: 5, off: 2, text: 'c' }), null);
  assert.equal(room.apply({ seq: 13, kind: 'part', ref: 5, off: 3, text: 'd' }), null);
  room.prepend({ events: [message(4, 'four'), reply(5, 'ab', { state: 'streaming' })], more: false });
  assert.equal(room.find(4).state, 'deleted');
  assert.equal(room.find(4).text, '');
  assert.equal(room.find(5).text, 'abcd');
});

test('a deleted message has no words and no name, and stays deleted', () => {
  const room = roomOf(message(1, 'secret', { name: '~Ada' }));
  assert.equal(room.erase(1).text, '');
  assert.equal(room.find(1).name, '');
  assert.equal(room.erase(1), null);
  assert.equal(room.apply({ seq: 2, kind: 'delete', ref: 1 }), null);
  assert.equal(room.find(1).state, 'deleted');
});

test('how many replies are made before one is told until something comes of it', () => {
  const room = roomOf(message(1, 'question'), reply(2, '', { state: 'streaming', queued: 3 }));
  assert.equal(room.queue(2, 1).queued, 1);
  assert.equal(room.queue(2, 1), null);
  room.apply({ seq: 3, kind: 'part', ref: 2, off: 0, text: 'a' });
  assert.equal(room.find(2).queued, 0);
  assert.equal(room.queue(2, 2), null);
});

test('events of a later version are skipped, and what has the wrong type is not taken', () => {
  const room = roomOf(message(1, 'one'));
  assert.equal(room.apply({ seq: 2, kind: 'reaction', ref: 1 }), null);
  room.apply({ seq: 3, kind: 'message', role: 7, text: 7, name: {}, time: 'never', ref: 'x', state: [] });
  const { time, ...rest } = room.find(3);
  assert.deepEqual(rest, { seq: 3, role: 'user', name: '', text: '', ref: 0, state: 'done',
    queued: 0, isCut: false, reason: '', thought: '', thoughtMs: 0 });
  assert.equal(Number.isNaN(time.getTime()), false);
});

test('messages that are kept nowhere stand behind all others, in order', () => {
  const room = roomOf(message(1, 'one'));
  room.addLocal({ role: 'user', text: 'a' });
  room.addLocal({ role: 'assistant', text: 'b' });
  assert.deepEqual(texts(room), ['one', 'a', 'b']);
});

test('the replies to a message are found in order', () => {
  const room = roomOf(message(1, 'question'), reply(2, 'a'), message(3, 'other'), reply(4, 'b'));
  assert.deepEqual(room.repliesTo(1).map(({ seq }) => seq), [2, 4]);
});

test('what is thought grows beside the text, each by its own count, and a client of old sees the text alone', () => {
  const room = roomOf(message(1, 'one'), reply(2, '', { state: 'streaming' }));
  const part = (seq, more) => room.apply({ seq, kind: 'part', ref: 2, text: '', off: 0, ...more });
  assert.ok(part(3, { thought: '음… ', thought_off: 0, thought_ms: 900 }));
  assert.ok(part(4, { thought: '… 😀', thought_off: 1, thought_ms: 2100 }));
  const { thought, thoughtMs, text } = room.find(2);
  assert.deepEqual([thought, thoughtMs, text], ['음… 😀', 2100, '']);
  assert.ok(part(5, { text: 'hi' }));
  assert.equal(room.find(2).thought, '음… 😀');
  room.apply({ seq: 6, kind: 'done', ref: 2, text: 'hi!', state: 'done', thought: 'all', thought_ms: 3000 });
  assert.deepEqual([room.find(2).text, room.find(2).thought, room.find(2).thoughtMs], ['hi!', 'all', 3000]);
  room.erase(2);
  assert.equal(room.find(2).thought, '');
});

test('a reply says that it was cut, or why it failed', () => {
  const room = roomOf(message(1, 'one'), reply(2, 'a', { state: 'streaming' }),
    reply(3, 'b', { cut: 'length', state: 'done' }), reply(4, '', { state: 'failed', reason: 'busy' }));
  assert.equal(room.find(3).isCut, true);
  assert.equal(room.find(4).reason, 'busy');
  room.apply({ seq: 5, kind: 'done', ref: 2, text: 'a', state: 'failed', reason: 'too_long' });
  assert.deepEqual([room.find(2).reason, room.find(2).isCut], ['too_long', false]);
});
