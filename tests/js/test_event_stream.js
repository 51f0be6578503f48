// SPDX-License-Identifier: MIT

import assert from 'node:assert/strict';
import test from 'node:test';
import { readEvents } from '../../htdocs/chat/net/event_stream.js';

function bodyOf(chunks) {
  const bytes = chunks.map((chunk) => (typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk));
  return new ReadableStream({
    pull(controller) {
      if (bytes.length > 0) {
        controller.enqueue(bytes.shift());
      } else {
        controller.close();
      }
    },
  });
}

async function read(...chunks) {
  const events = [];
  for await (const { name, data } of readEvents(bodyOf(chunks))) {
    events.push([name, data]);
  }
  return events;
}

const STREAM = ': a comment\nretry: 3000\n\nid: a1-4\nevent: hello\ndata: {}\n\n' +
  'data: 한글 👋\ndata:two\ndata\n\nevent: empty\n\nevent: done\ndata:  x: y\n\n';
const EVENTS = [['hello', '{}'], ['message', '한글 👋\ntwo\n'], ['done', ' x: y']];

test('events are read with their names and lines of data', async () => {
  assert.deepEqual(await read(STREAM), EVENTS);
});

test('events are the same however the bytes are cut, in the middle of a letter, too', async () => {
  const bytes = new TextEncoder().encode(STREAM);
  for (let at = 0; at <= bytes.length; at += 1) {
    assert.deepEqual(await read(bytes.slice(0, at), bytes.slice(at)), EVENTS, `cut at ${at}`);
  }
  assert.deepEqual(await read(...[...bytes].map((byte) => Uint8Array.of(byte))), EVENTS);
});

test('lines end as they end anywhere', async () => {
  for (const end of ['\r\n', '\r']) {
    const bytes = new TextEncoder().encode(`${STREAM.replaceAll('\n', end)}: end\n`);
    assert.deepEqual(await read(...[...bytes].map((byte) => Uint8Array.of(byte))), EVENTS);
  }
});

test('an event that is cut off at the end is none', async () => {
  assert.deepEqual(await read('data: 1\n\ndata: 2\n'), [['message', '1']]);
});

test('each sign of life is told of, be it a comment', async () => {
  let count = 0;
  for await (const event of readEvents(bodyOf([':\n\n', ':\n\n']), () => { count += 1; })) {
    assert.fail(event.name);
  }
  assert.equal(count, 2);
});

test('the answer is given up when nobody reads on', async () => {
  let isCancelled = false;
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode('data: 1\n\n')),
    cancel() { isCancelled = true; },
  });
  for await (const { data } of readEvents(body)) {
    assert.equal(data, '1');
    break;
  }
  assert.equal(isCancelled, true);
});
