// SPDX-License-Identifier: MIT

import { MemoryStorage, provide } from './browser.js';
import assert from 'node:assert/strict';
import test from 'node:test';
import { Outbox } from '../../htdocs/chat/state/outbox.js';
import { createStorage } from '../../htdocs/chat/state/storage.js';

const UNREACHABLE = { kind: 'unreachable', passing: true };
const REFUSED = { kind: 'refused', status: 400, passing: false };

function failing(failure) {
  return Object.assign(new Error(failure.kind), { failure });
}

// An outbox with a server that answers as the test says, and what it was asked and has told.
function createStage({ isNew = true, ...options } = {}) {
  if (isNew) {
    provide('localStorage', new MemoryStorage());
  }
  const asked = [];
  const told = [];
  const gone = [];
  const stage = { asked, told, gone, answer: async () => ({ seq: asked.length }) };
  stage.outbox = new Outbox({
    storage: createStorage('/chat/', ''),
    lock: 'lock',
    post(entry) {
      asked.push({ text: entry.text, key: entry.key });
      return stage.answer(entry);
    },
    onChange: (entry, answer) => told.push([entry.text, entry.state, answer?.seq]),
    onGone: (entry) => gone.push(entry.text),
    ...options,
  });
  return stage;
}

// Everything that needs no time has happened.
function settle() {
  return new Promise(setImmediate);
}

test('messages are sent one at a time, in the order in which they were typed', async () => {
  const stage = createStage();
  let release;
  stage.answer = () => new Promise((resolve) => { release = resolve; });
  stage.outbox.open();
  stage.outbox.add('one', '', 0);
  stage.outbox.add('two', '', 0);
  await settle();
  assert.deepEqual(stage.asked.map(({ text }) => text), ['one']);
  release({ seq: 1 });
  await settle();
  assert.deepEqual(stage.asked.map(({ text }) => text), ['one', 'two']);
  release({ seq: 3 });
  await settle();
  assert.deepEqual(stage.told.filter(([, state]) => state === 'sent'),
    [['one', 'sent', 1], ['two', 'sent', 3]]);
  assert.deepEqual(stage.outbox.unsent(), []);
});

test('nothing is sent before the room has been read', async () => {
  const stage = createStage();
  stage.outbox.add('one', '', 0);
  await settle();
  assert.deepEqual(stage.asked, []);
  stage.outbox.open();
  await settle();
  assert.equal(stage.asked.length, 1);
});

test('a message whose answer is lost is sent again with the same key', async () => {
  const stage = createStage();
  stage.answer = async () => { throw failing(UNREACHABLE); };
  stage.outbox.open();
  stage.outbox.add('one', '', 0);
  await settle();
  assert.equal(stage.outbox.unsent()[0].state, 'waiting');
  stage.answer = async () => ({ seq: 1 });
  stage.outbox.wake();
  await settle();
  assert.equal(stage.asked.length, 2);
  assert.equal(stage.asked[0].key, stage.asked[1].key);
});

test('a message that is refused does not hold up those behind it', async () => {
  const stage = createStage();
  stage.answer = async ({ text }) => {
    if (text === 'bad') {
      throw failing(REFUSED);
    }
    return { seq: 1 };
  };
  stage.outbox.open();
  stage.outbox.add('bad', '', 0);
  stage.outbox.add('good', '', 0);
  await settle();
  const [bad, ...others] = stage.outbox.unsent();
  assert.equal(bad.state, 'failed');
  assert.deepEqual(bad.failure, REFUSED);
  assert.deepEqual(others, []);
});

test('a refused message that is sent again goes behind all that wait', async () => {
  const stage = createStage();
  stage.answer = async () => { throw failing(REFUSED); };
  stage.outbox.open();
  stage.outbox.add('bad', '', 0);
  await settle();
  const [bad] = stage.outbox.unsent();
  stage.answer = async () => { throw failing(UNREACHABLE); };
  stage.outbox.add('other', '', 0);
  await settle();
  stage.answer = async () => ({ seq: 1 });
  stage.outbox.sendAgain(bad);
  stage.outbox.wake();
  await settle();
  assert.deepEqual(stage.asked.slice(2).map(({ text }) => text), ['other', 'bad']);
});

test('a key that the server knows for something else is replaced', async () => {
  const stage = createStage();
  stage.answer = async () => { throw failing({ ...REFUSED, code: 'key_reused' }); };
  stage.outbox.open();
  stage.outbox.add('one', '', 0);
  await settle();
  stage.answer = async () => ({ seq: 1 });
  stage.outbox.sendAgain(stage.outbox.unsent()[0]);
  await settle();
  assert.notEqual(stage.asked[0].key, stage.asked[1].key);
});

test('what is unsent is there again after a reload, and is sent with its key', async () => {
  const before = createStage();
  before.outbox.add('one', 'Ada', 7);
  const [{ key }] = before.outbox.unsent();
  const stage = createStage({ isNew: false });
  stage.outbox.restore();
  const [entry] = stage.outbox.unsent();
  assert.equal(entry.text, 'one');
  assert.equal(entry.name, 'Ada');
  assert.equal(entry.cursor, 7);
  stage.outbox.open();
  await settle();
  assert.deepEqual(stage.asked, [{ text: 'one', key }]);
});

test('what another tab has sent is not sent once more', async () => {
  const stage = createStage();
  stage.outbox.restore();
  stage.outbox.add('one', '', 0);
  createStorage('/chat/', '').removeUnsent(stage.outbox.unsent()[0].key);
  stage.outbox.open();
  await settle();
  assert.deepEqual(stage.asked, []);
  assert.deepEqual(stage.gone, ['one']);
});

test('a message can be taken back into the input as long as it is not with the server', async () => {
  const stage = createStage();
  stage.outbox.add('one', '', 0);
  const [entry] = stage.outbox.unsent();
  assert.equal(await stage.outbox.take(entry), true);
  assert.equal(await stage.outbox.take(entry), false);
  stage.outbox.open();
  await settle();
  assert.deepEqual(stage.asked, []);
  assert.deepEqual(createStorage('/chat/', '').unsent(), []);
});

test('one that is being sent can be taken only if that fails', async () => {
  const stage = createStage();
  let release;
  stage.answer = () => new Promise((resolve) => { release = resolve; });
  stage.outbox.open();
  stage.outbox.add('one', '', 0);
  await settle();
  const isTaken = stage.outbox.take(stage.outbox.unsent()[0]);
  release({ seq: 1 });
  assert.equal(await isTaken, false);
});

test('what may have arrived is not sent again by itself where nobody could tell that it is the same', async () => {
  const stage = createStage({ mayRepeat: ({ code }) => code !== undefined });
  stage.answer = async () => { throw failing(UNREACHABLE); };
  stage.outbox.open();
  stage.outbox.add('one', '', 0);
  await settle();
  const [entry] = stage.outbox.unsent();
  assert.equal(entry.state, 'failed');
  assert.deepEqual(entry.failure, UNREACHABLE);
  stage.outbox.wake(true);
  await settle();
  assert.equal(stage.asked.length, 1);
  stage.answer = async () => ({ seq: 1 });
  stage.outbox.sendAgain(entry);
  await settle();
  assert.equal(stage.asked.length, 2);
  assert.deepEqual(stage.outbox.unsent(), []);
});

test('nor after a reload that came before the answer', async () => {
  const before = createStage();
  before.answer = () => new Promise(() => { });
  before.outbox.open();
  before.outbox.add('one', '', 0);
  await settle();
  const stage = createStage({ isNew: false, mayRepeat: () => false });
  stage.outbox.restore();
  stage.outbox.open();
  await settle();
  assert.equal(stage.asked.length, 0);
  assert.equal(stage.outbox.unsent()[0].state, 'failed');
});
