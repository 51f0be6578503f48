// SPDX-License-Identifier: MIT

import { provide } from './browser.js';
import assert from 'node:assert/strict';
import test, { beforeEach } from 'node:test';
import { createApi } from '../../htdocs/chat/net/api.js';

let asked; // the queries of all requests
let answers; // to them, in this order

provide('fetch', async (address, { headers }) => {
  asked.push(Object.fromEntries(new URL(address, 'http://chat.test').searchParams));
  if (headers.Accept === 'text/event-stream') {
    return new Response('event: hello\ndata: {}\n\n', { headers: { 'Content-Type': 'text/event-stream' } });
  }
  return new Response(JSON.stringify(answers.shift()), { headers: { 'Content-Type': 'application/json' } });
});

beforeEach(() => {
  asked = [];
  answers = [];
});

function page(epoch, next, seqs = []) {
  const events = seqs.map((seq) => ({ seq, kind: 'message' }));
  return { events, next, more: false, ...(epoch && { cursor: `${epoch}-${next}` }) };
}

function reset(epoch) {
  return { reset: true, events: [], next: 0, more: false, cursor: `${epoch}-9` };
}

// Reads one range after the other, each with the answer to it; gives what was read.
async function readAll(api, ...reads) {
  const pages = [];
  for (const [range, answer] of reads) {
    answers.push(answer);
    pages.push(await api.read(range));
  }
  return pages;
}

// What a stream behind the seq is asked for with.
async function followed(api, seq) {
  const names = [];
  for await (const { name } of await api.follow(seq, new AbortController().signal)) {
    names.push(name);
  }
  assert.deepEqual(names, ['hello']);
  return asked[asked.length - 1].after;
}

function create() {
  return createApi('/chat/api', 'cafe', async () => {});
}

test('what comes behind a page is asked for with the life of the store that it was read from', async () => {
  const api = create();
  await readAll(api, [{}, page('a1', 5)], [{ after: 5, wait: 20 }, page('a1', 6)]);
  assert.equal(asked[0].after, undefined);
  assert.equal(asked[1].after, 'a1-5');
  assert.equal(await followed(api, 6), 'a1-6');
});

test('a program of before there were lives is asked by the number alone', async () => {
  const api = create();
  await readAll(api, [{}, page('', 5)], [{ after: 5 }, page('', 6)]);
  assert.equal(asked[1].after, '5');
  assert.equal(await followed(api, 6), '6');
});

test('a life that becomes known while following is asked for from then on', async () => {
  const api = create();
  await readAll(api, [{}, page('', 0)], [{ after: 0 }, page('a1', 1)], [{ after: 1 }, page('a1', 1)]);
  assert.deepEqual(asked.map(({ after }) => after), [undefined, '0', 'a1-1']);
});

test('a reset does not change which life is asked for: the newest page does', async () => {
  const api = create();
  const pages = await readAll(api, [{}, page('a1', 5)], [{ after: 5 }, reset('b2')],
    [{ after: 5 }, reset('b2')], [{}, page('b2', 3)], [{ after: 3 }, page('b2', 3)]);
  assert.equal(pages[1].reset, true);
  assert.deepEqual(asked.map(({ after }) => after), [undefined, 'a1-5', 'a1-5', undefined, 'b2-3']);
});

test('an older page of another life is not put before what is shown', async () => {
  const api = create();
  const [, joined, other] = await readAll(api, [{}, page('a1', 9, [8, 9])],
    [{ before: 8 }, page('a1', 9, [6, 7])], [{ before: 6 }, page('b2', 9, [4, 5])]);
  assert.deepEqual(joined.events.map(({ seq }) => seq), [6, 7]);
  assert.deepEqual([other.events, other.more], [[], true]);
  assert.equal(await followed(api, 9), 'a1-9');
});

test('a stream that is refused says why, as everything else does', async () => {
  const real = fetch;
  provide('fetch', async () => new Response('{"code":"too_many_streams"}', { status: 503,
    headers: { 'Retry-After': '7' } }));
  await assert.rejects(create().follow(3, new AbortController().signal),
    ({ failure }) => failure.status === 503 && failure.retryAfter === 7);
  provide('fetch', real);
});
