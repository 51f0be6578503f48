// SPDX-License-Identifier: MIT

import { MemoryStorage, provide } from './browser.js';
import assert from 'node:assert/strict';
import test, { beforeEach } from 'node:test';
import { createStorage } from '../../htdocs/chat/state/storage.js';

function kept(key, more) {
  return { key, text: key, name: '', order: 1, cursor: 0, wasTried: false, ...more };
}

beforeEach(() => {
  provide('localStorage', new MemoryStorage());
  provide('sessionStorage', new MemoryStorage());
});

test('what is unsent is kept over a reload, in its order', () => {
  const storage = createStorage('/chat/', 'cafe');
  assert.equal(storage.putUnsent(kept('b', { order: 2 })), true);
  assert.equal(storage.putUnsent(kept('a', { failure: { kind: 'refused' } })), true);
  const later = createStorage('/chat/', 'cafe');
  assert.deepEqual(later.unsent(), [kept('a', { failure: { kind: 'refused' } }), kept('b', { order: 2 })]);
  later.removeUnsent('a');
  assert.deepEqual(storage.unsent().map(({ key }) => key), ['b']);
});

test('two rooms, and two chats on one host, do not mix', () => {
  createStorage('/chat/', 'cafe').putUnsent(kept('a'));
  createStorage('/chat/', 'cafe').addOwn(7);
  createStorage('/chat/', 'cafe').saveDraft('draft');
  for (const other of [createStorage('/chat/', 'bar'), createStorage('/talk/', 'cafe')]) {
    assert.deepEqual(other.unsent(), []);
    assert.equal(other.isOwn({ seq: 7 }), false);
    assert.equal(other.draft(), '');
  }
});

test('two users of one browser do not mix, and each finds again what was left', () => {
  const alice = createStorage('/chat/', 'cafe');
  alice.putUnsent(kept('first')); // before it is known who it is
  alice.saveDraft('draft');
  assert.equal(alice.meet('a1'), false);
  alice.putUnsent(kept('second'));
  alice.addOwn(7);
  assert.equal(alice.meet('a1'), false);
  const next = createStorage('/chat/', 'cafe');
  assert.equal(next.visitor(), 'a1');
  assert.equal(next.meet('b2'), true);
  for (const bob of [next, createStorage('/chat/', 'cafe')]) {
    assert.equal(bob.visitor(), 'b2');
    assert.deepEqual(bob.unsent(), []);
    assert.equal(bob.isOwn({ seq: 7 }), false);
    assert.equal(bob.draft(), '');
  }
  next.meet('a1');
  assert.deepEqual(next.unsent().map(({ key }) => key), ['first', 'second']);
  assert.ok(next.isOwn({ seq: 7 }));
  assert.equal(next.draft(), 'draft');
});

test('a mark is for the message that had it, also where a copy of the store was put back', () => {
  const before = new Date('2026-01-01T00:00:00.001Z');
  const after = new Date('2026-01-01T00:00:00.002Z');
  const storage = createStorage('/chat/', 'cafe');
  storage.addOwn(1, before);
  storage.addOwn(2); // its event has not come yet
  assert.ok(storage.isOwn({ seq: 2, time: after }));
  storage.dateOwn({ seq: 2, time: before });
  storage.dateOwn({ seq: 3, time: before }); // somebody else's
  for (const each of [storage, createStorage('/chat/', 'cafe')]) {
    assert.ok(each.isOwn({ seq: 1, time: before }) && each.isOwn({ seq: 2, time: before }));
    assert.equal(each.isOwn({ seq: 2, time: after }), false);
    assert.equal(each.isOwn({ seq: 3, time: before }), false);
    assert.ok(each.isOwn({ seq: 2 })); // it is not here, and so not shown
  }
  storage.addOwn(2, after); // written after that
  assert.ok(storage.isOwn({ seq: 2, time: after }));
});

test('what one tab has found to be the visitor\'s own is it in the others, with its time', () => {
  const time = new Date('2026-01-01T00:00:00.001Z');
  const one = createStorage('/chat/', 'cafe');
  const other = createStorage('/chat/', 'cafe');
  one.addOwn(1, time);
  other.hearOwn(1);
  assert.ok(other.isOwn({ seq: 1, time }));
  assert.equal(other.isOwn({ seq: 1, time: new Date() }), false);
  other.hearOwn(2);
  assert.ok(other.isOwn({ seq: 2, time }));
});

test('what an earlier version has kept is the visitor\'s who comes first', () => {
  localStorage.setItem('plainchat:/chat/:cafe:unsent:x', JSON.stringify(kept('x')));
  localStorage.setItem('plainchat:/chat/:cafe:own', '[3]');
  const storage = createStorage('/chat/', 'cafe');
  storage.meet('a1');
  assert.deepEqual(storage.unsent().map(({ key }) => key), ['x']);
  assert.ok(storage.isOwn({ seq: 3 }));
  storage.meet('b2');
  assert.equal(storage.isOwn({ seq: 3 }), false);
});

test('where nothing can be kept, the page does not begin anew for ever', () => {
  const full = new MemoryStorage();
  full.setItem('plainchat:/chat/:visitor', '"a1"');
  full.setItem = () => { throw new Error('full'); };
  provide('localStorage', full);
  const storage = createStorage('/chat/', 'cafe');
  assert.equal(storage.meet('b2'), false);
  assert.equal(storage.visitor(), 'b2');
});

test('the nickname is the same in all rooms of a chat', () => {
  createStorage('/chat/', 'cafe').saveNickname('Ada');
  assert.equal(createStorage('/chat/', 'bar').nickname(), 'Ada');
  assert.equal(createStorage('/talk/', 'bar').nickname(), '');
});

test('own messages are remembered, also those that another tab has added', () => {
  const one = createStorage('/chat/', '');
  const other = createStorage('/chat/', '');
  one.addOwn(1);
  other.addOwn(2);
  const later = createStorage('/chat/', '');
  assert.ok(later.isOwn({ seq: 1 }) && later.isOwn({ seq: 2 }));
  assert.equal(later.isOwn({ seq: 3 }), false);
});

test('an empty draft is not kept', () => {
  const storage = createStorage('/chat/', '');
  storage.saveDraft('a');
  assert.equal(storage.draft(), 'a');
  assert.equal(storage.saveDraft(''), true);
  assert.equal(sessionStorage.length, 0);
});

test('whatever stands in the storage already, nothing is thrown, and what is no message is left out', () => {
  const prefix = 'plainchat:/chat/::unsent:';
  for (const [key, value] of [['a', '{"text":7}'], ['b', 'null'], ['c', '{'], ['', '{"text":"x"}'],
    ['d', '{"text":"d","order":"x","name":7,"cursor":1.5,"wasTried":1,"failure":{"kind":7}}']]) {
    localStorage.setItem(prefix + key, value);
  }
  localStorage.setItem('plainchat:/chat/::own', '{"1":1}');
  localStorage.setItem('plainchat:/chat/:name', '7');
  sessionStorage.setItem('plainchat:/chat/::draft', '[]');
  const storage = createStorage('/chat/', '');
  const [{ order, ...rest }, ...others] = storage.unsent();
  assert.deepEqual(rest, { key: 'd', text: 'd', name: '', cursor: 0, wasTried: false });
  assert.ok(Number.isFinite(order));
  assert.deepEqual(others, []);
  assert.equal(storage.isOwn({ seq: 1 }), false);
  assert.equal(storage.nickname(), '');
  assert.equal(storage.draft(), '');
});

test('a browser that refuses storage, or whose storage is full, is told apart and throws nothing', () => {
  Object.defineProperty(globalThis, 'localStorage', { configurable: true,
    get() { throw new Error('refused'); } });
  const storage = createStorage('/chat/', '');
  assert.equal(storage.putUnsent(kept('a')), false);
  assert.deepEqual(storage.unsent(), []);
  storage.addOwn(1);
  assert.ok(storage.isOwn({ seq: 1 }));
  const full = new MemoryStorage();
  full.setItem = () => { throw new Error('full'); };
  provide('sessionStorage', full);
  assert.equal(storage.saveDraft('a'), false);
  assert.equal(storage.draft(), '');
});

test('it is told when another tab has changed what is unsent, and only then', () => {
  let count = 0;
  createStorage('/chat/', 'cafe').watchUnsent(() => { count += 1; });
  for (const key of ['plainchat:/chat/:cafe:unsent:x', 'plainchat:/chat/:bar:unsent:x', 'other', null]) {
    window.dispatchEvent(Object.assign(new Event('storage'), { key }));
  }
  assert.equal(count, 2);
});
