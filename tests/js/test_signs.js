// SPDX-License-Identifier: MIT

import { provide } from './browser.js';
import assert from 'node:assert/strict';
import test from 'node:test';
import { QUIET_MS, Signs, TRUST_MS } from '../../htdocs/chat/net/signs.js';

// A clock that goes when the test says so.
let now = 0;
let timers = [];
provide('performance', { now: () => now });
provide('setTimeout', (run, wait) => {
  const timer = { run, at: now + wait };
  timers.push(timer);
  return timer;
});
provide('clearTimeout', (timer) => { timers = timers.filter((other) => other !== timer); });

function pass(milliseconds) {
  const end = now + milliseconds;
  for (;;) {
    const due = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
    if (!due) {
      break;
    }
    timers = timers.filter((other) => other !== due);
    now = due.at;
    due.run();
  }
  now = end;
}

function createStage() {
  const told = [];
  timers = [];
  const signs = new Signs({
    onQuiet: () => told.push('quiet'),
    onDoubt: () => told.push('doubt'),
    onTrust: () => told.push('trust'),
  });
  return { signs, told };
}

test('what is said is trusted for less than 20 s after the last sign, also with the patience of the view', () => {
  assert.ok(TRUST_MS + 1500 < 20_000);
});

test('who hears nothing is asked first, then doubted, and trusted again at the next sign', () => {
  const { signs, told } = createStage();
  assert.equal(signs.areFresh(), false);
  signs.note();
  assert.deepEqual(told, ['trust']);
  pass(QUIET_MS - 1);
  assert.equal(signs.areFresh(), true);
  assert.deepEqual(told, ['trust']);
  pass(1);
  assert.deepEqual(told, ['trust', 'quiet']);
  pass(TRUST_MS - QUIET_MS);
  assert.equal(signs.areFresh(), false);
  assert.deepEqual(told, ['trust', 'quiet', 'doubt']);
  signs.note();
  assert.deepEqual(told, ['trust', 'quiet', 'doubt', 'trust']);
});

test('who gives signs is not asked', () => {
  const { signs, told } = createStage();
  for (let beat = 0; beat < 100; beat += 1) {
    signs.note();
    pass(15_000);
  }
  assert.deepEqual(told, ['trust']);
});

test('a sign that another tab tells of is as old as it is', () => {
  const { signs, told } = createStage();
  signs.note(QUIET_MS - 1000);
  pass(1000);
  assert.deepEqual(told, ['trust', 'quiet']);
  signs.note(QUIET_MS); // older than what is known
  pass(TRUST_MS - QUIET_MS);
  assert.deepEqual(told, ['trust', 'quiet', 'doubt']);
});

test('what is forgotten is asked for by nobody', () => {
  const { signs, told } = createStage();
  signs.note();
  signs.forget();
  assert.equal(signs.areFresh(), false);
  pass(TRUST_MS * 2);
  assert.deepEqual(told, ['trust']);
});
