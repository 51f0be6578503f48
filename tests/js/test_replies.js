// SPDX-License-Identifier: MIT

import './browser.js';
import assert from 'node:assert/strict';
import test from 'node:test';
import { Replies } from '../../htdocs/chat/state/replies.js';
import { Room } from '../../htdocs/chat/state/room.js';

const BUSY = { kind: 'refused', status: 503, passing: true };
const REFUSED = { kind: 'refused', status: 409, passing: false };

function createStage(...events) {
  const room = new Room();
  room.replace({ events, next: events.length, more: false });
  const stage = { room, asked: [], answers: [], changes: 0, stop: async () => 'stopped',
    regenerate: async () => ({ replySeq: 9, state: 'streaming' }) };
  stage.replies = new Replies({
    room: () => room,
    stop: (seq) => stage.stop(seq),
    regenerate(asked) {
      stage.asked.push(asked);
      return stage.regenerate(asked);
    },
    goOn: () => { stage.wentOn = (stage.wentOn ?? 0) + 1; },
    isForMe: () => true,
    onChange: () => { stage.changes += 1; },
    onAnswer: (answer) => stage.answers.push(answer),
  });
  return stage;
}

function question(seq) {
  return { seq, role: 'user', text: 'question' };
}

function reply(seq, state) {
  return { seq, role: 'assistant', ref: 1, text: 'so far', state };
}

function settle() {
  return new Promise(setImmediate);
}

test('the newest reply that is being made is the one that Escape stops', async () => {
  const stage = createStage(question(1), reply(2, 'streaming'), reply(3, 'streaming'));
  assert.equal(stage.replies.current().seq, 3);
  assert.equal(stage.replies.stopCurrent(), true);
  await settle();
  assert.equal(stage.room.find(3).state, 'stopped');
  assert.equal(stage.room.find(3).text, 'so far');
  assert.equal(stage.replies.current().seq, 2);
});

test('Escape does nothing where no reply is being made', () => {
  assert.equal(createStage(question(1), reply(2, 'done')).replies.stopCurrent(), false);
});

test('a reply that failed or was stopped can be had anew, unless there is another already', () => {
  const stage = createStage(question(1), reply(2, 'failed'), reply(3, 'stopped'));
  const { replies, room } = stage;
  assert.equal(replies.remedyFor(room.find(2)), null);
  assert.equal(replies.remedyFor(room.find(3)).kind, 'regenerate');
  room.erase(1);
  assert.equal(replies.remedyFor(room.find(3)), null);
});

test('asking anew uses the same key until there is an answer', async () => {
  const stage = createStage(question(1), reply(2, 'failed'));
  stage.regenerate = async () => { throw Object.assign(new Error('busy'), { failure: BUSY }); };
  const remedy = () => stage.replies.remedyFor(stage.room.find(2));
  remedy().run();
  await settle();
  assert.deepEqual(remedy().failure, BUSY);
  stage.regenerate = async () => ({ replySeq: 3, state: 'streaming' });
  remedy().run();
  await settle();
  remedy().run();
  await settle();
  const [first, second, third] = stage.asked.map(({ key }) => key);
  assert.equal(first, second);
  assert.notEqual(second, third);
  assert.equal(stage.answers[0].ref, 1);
});

test('what was refused is asked with another key the next time', async () => {
  const stage = createStage(question(1), reply(2, 'failed'));
  stage.regenerate = async () => { throw Object.assign(new Error('no'), { failure: REFUSED }); };
  for (let count = 0; count < 2; count += 1) {
    stage.replies.remedyFor(stage.room.find(2)).run();
    await settle();
  }
  assert.notEqual(stage.asked[0].key, stage.asked[1].key);
});

test('a second press while the first is under way asks nothing', async () => {
  const stage = createStage(question(1), reply(2, 'failed'));
  const remedy = stage.replies.remedyFor(stage.room.find(2));
  remedy.run();
  remedy.run();
  assert.equal(stage.replies.remedyFor(stage.room.find(2)).isBusy, true);
  await settle();
  assert.equal(stage.asked.length, 1);
});

test('a reply is shown from the answer to the post, before its event comes, and once', () => {
  const stage = createStage(question(1));
  stage.replies.take({ ref: 1, replySeq: 2, state: 'streaming', queued: 2 });
  assert.equal(stage.room.find(2).state, 'streaming');
  assert.equal(stage.room.find(2).queued, 2);
  stage.replies.take({ ref: 1, replySeq: 2, state: 'streaming', queued: 1 });
  assert.equal(stage.room.find(2).queued, 1);
  assert.equal(stage.changes, 2);
  stage.replies.take({ ref: 1 });
  assert.equal(stage.room.messages().length, 2);
});

test('a reply that was cut may go on, once, as long as nothing was said after it', () => {
  const stage = createStage(question(1), { ...reply(2, 'done'), cut: 'length' });
  const remedy = stage.replies.remedyFor(stage.room.find(2));
  assert.equal(remedy.kind, 'goOn');
  remedy.run();
  assert.equal(stage.wentOn, 1);
  assert.equal(stage.replies.remedyFor(stage.room.find(2)), null);
  const other = createStage(question(1), { ...reply(2, 'done'), cut: 'length' }, question(3));
  assert.equal(other.replies.remedyFor(other.room.find(2)), null);
});
