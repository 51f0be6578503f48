// SPDX-License-Identifier: MIT

import assert from 'node:assert/strict';
import test from 'node:test';
import { Claims } from '../../htdocs/chat/state/claims.js';

function entry(text, more) {
  return { text, name: '', cursor: 5, wasTried: true, state: 'sending', ...more };
}

function message(seq, text, more) {
  return { seq, role: 'user', state: 'done', text, name: '', ...more };
}

test('a message from the server is taken for the one on its way that says the same', () => {
  const claims = new Claims();
  const mine = entry('b');
  assert.equal(claims.claim(message(6, 'b'), [entry('a'), mine]), mine);
  assert.equal(claims.seqOf(mine), 6);
  assert.ok(claims.has(6));
});

test('two equal messages on their way are two: the first is claimed first', () => {
  const claims = new Claims();
  const [first, second] = [entry('a'), entry('a')];
  assert.equal(claims.claim(message(6, 'a'), [first, second]), first);
  assert.equal(claims.claim(message(7, 'a'), [first, second]), second);
  assert.equal(claims.claim(message(8, 'a'), [first, second]), undefined);
});

test('what was there before it was written, not tried, refused, deleted or a reply is not it', () => {
  const claims = new Claims();
  assert.equal(claims.claim(message(5, 'a'), [entry('a')]), undefined);
  assert.equal(claims.claim(message(6, 'a'), [entry('a', { wasTried: false })]), undefined);
  assert.equal(claims.claim(message(6, 'a'), [entry('a', { state: 'failed' })]), undefined);
  assert.equal(claims.claim(message(6, 'a', { state: 'deleted' }), [entry('a')]), undefined);
  assert.equal(claims.claim(message(6, 'a', { role: 'assistant' }), [entry('a')]), undefined);
});

test('one whose answer was lost for good is claimed when it comes after all', () => {
  const lost = entry('a', { state: 'failed', failure: { kind: 'unreachable', final: false } });
  assert.equal(new Claims().claim(message(6, 'a'), [lost]), lost);
  for (const failure of [{ kind: 'refused', final: false, status: 503, code: 'store_full' },
    { kind: 'refused', final: true, status: 413 }]) {
    const refused = entry('a', { state: 'failed', failure });
    assert.equal(new Claims().claim(message(6, 'a'), [refused]), undefined);
  }
});

test('a message by another nickname is not it; one that the web server has named may be', () => {
  const claims = new Claims();
  const mine = entry('a', { name: ' Zoe\u0308 ' });
  assert.equal(claims.claim(message(6, 'a', { name: '~Ada' }), [mine]), undefined);
  assert.equal(claims.claim(message(7, 'a', { name: '~Zo\u00eb' }), [mine]), mine);
  const checked = entry('b', { name: 'Zoe' });
  assert.equal(claims.claim(message(8, 'b', { name: 'alice' }), [checked]), checked);
});

test('a guess that was wrong is forgotten, and the message may be claimed anew', () => {
  const claims = new Claims();
  const mine = entry('a');
  claims.claim(message(6, 'a'), [mine]);
  claims.release(mine);
  assert.equal(claims.has(6), false);
  assert.equal(claims.claim(message(7, 'a'), [mine]), mine);
  claims.clear();
  assert.equal(claims.seqOf(mine), undefined);
});

test('a nickname is the same however its accents and blanks are typed', () => {
  const claims = new Claims();
  const mine = entry('a', { name: ' Zoe\u0308  Q' });
  assert.equal(claims.claim(message(6, 'a', { name: '~Zo\u00eb Q' }), [mine]), mine);
  assert.equal(claims.claim(message(7, 'a', { name: '~Zoe' }), [entry('a', { name: 'Zo\u00eb' })]),
    undefined);
});
