// One EventSource, from its opening to its end. Used by live.js, which decides what comes after.
// An EventSource gives up for good on a non-200 and otherwise comes back at its own pace: here it
// is closed at the first trouble, and whoever called it opens another.
//
// SPDX-License-Identifier: MIT

import { readEvent } from './api.js';

// A stream through which nothing comes in this time is being held back by something on the way.
const HELLO_LIMIT_MS = 5000;

const KINDS = ['message', 'part', 'done', 'delete'];

// Without an id: they say that the stream works, and nothing else.
const SIGNS = ['hello', 'beat'];

/**
 * @param {string} address
 * @param {object} options
 * @param {AbortSignal} options.signal closes it
 * @param {() => void} options.onHello it works
 * @param {() => void} options.onSign it says so: at its beginning, and with each heartbeat
 * @param {(event: object) => void} options.onEvent
 * @returns {Promise<{end: 'silent'|'refused'|'cut'|'reset'|'closed', livedMs: number}>} `refused`:
 *   it ended before it began; `livedMs` is counted from `hello` on
 */
export function runStream(address, { signal, onHello, onSign, onEvent }) {
  return new Promise((resolve) => {
    if (signal.aborted || typeof EventSource === 'undefined') {
      resolve({ end: signal.aborted ? 'closed' : 'silent', livedMs: 0 });
      return;
    }
    const source = new EventSource(address);
    let startedAt = null;

    function finish(end) {
      clearTimeout(timer);
      signal.removeEventListener('abort', close);
      source.close();
      resolve({ end, livedMs: startedAt === null ? 0 : performance.now() - startedAt });
    }

    const close = () => finish('closed');
    const timer = setTimeout(() => finish('silent'), HELLO_LIMIT_MS);
    signal.addEventListener('abort', close, { once: true });
    SIGNS.forEach((name) => source.addEventListener(name, onSign));
    source.addEventListener('hello', () => {
      clearTimeout(timer);
      startedAt = performance.now();
      onHello();
    });
    source.addEventListener('reset', () => finish('reset'));
    source.addEventListener('error', () => finish(startedAt === null ? 'refused' : 'cut'));
    for (const kind of KINDS) {
      source.addEventListener(kind, ({ data }) => {
        const event = readEvent(data);
        if (event) {
          onEvent(event);
        }
      });
    }
  });
}
