// SPDX-License-Identifier: MIT

import assert from 'node:assert/strict';
import test from 'node:test';
import { chooseWords, describeFailure } from '../../htdocs/chat/words/words.js';

const english = chooseWords(['en']).words;
const korean = chooseWords(['ko']).words;

function shapeOf(table) {
  return Object.fromEntries(Object.entries(table).map(([key, value]) =>
    [key, typeof value === 'object' ? shapeOf(value) : typeof value]));
}

test('the language is the first wanted one that there is, whatever its region; else English', () => {
  assert.equal(chooseWords(['fr', 'KO-kr', 'en']).language, 'ko');
  assert.equal(chooseWords(['fr', 'KO-kr', 'en']).locale, 'KO-kr');
  assert.equal(chooseWords(['en-GB', 'ko']).locale, 'en-GB');
  assert.equal(chooseWords(['fr', 'de']).language, 'en');
  assert.equal(chooseWords([]).language, 'en');
  assert.equal(chooseWords(['constructor', '__proto__']).language, 'en');
});

test('every word is there in both languages, of the same kind', () => {
  assert.deepEqual(shapeOf(korean), shapeOf(english));
});

test('no sentence is empty', () => {
  for (const { words } of [chooseWords(['en']), chooseWords(['ko'])]) {
    const all = (table) => Object.values(table).flatMap((value) =>
      (typeof value === 'object' ? all(value) : [value]));
    for (const value of all(words)) {
      const text = typeof value === 'function' ? value({ seconds: 30, status: 500, character: 'U+0000' }) : value;
      assert.notEqual(text.trim(), '');
      assert.doesNotMatch(text, /undefined|NaN/);
    }
  }
});

test('a refusal is told by its code, else by its status, else by what the server says', () => {
  const tell = (failure) => describeFailure(english, { kind: 'refused', ...failure });
  assert.equal(tell({ code: 'message_too_large', status: 413 }), 'The message is too long.');
  assert.equal(tell({ code: 'unheard_of', status: 413 }), 'The message is too long.');
  assert.equal(tell({ code: 'unheard_of', status: 418, detail: 'Only tea.' }), 'Only tea.');
  assert.equal(tell({ status: 500 }), 'The server has a fault (500).');
});

test('what is wrong on the way has words of its own', () => {
  assert.equal(describeFailure(english, { kind: 'unreachable' }), 'The server cannot be reached.');
  assert.equal(describeFailure(english, { kind: 'timeout', seconds: 30 }),
    'No answer came within 30 seconds.');
  assert.equal(describeFailure(korean, { kind: 'refused', status: 503, retryAfter: 7 }),
    '서버가 바쁩니다. 7초 기다려 달라고 합니다.');
});
