// One stream of a room, from its opening to its end. Used by live.js, which decides what comes after: a stream
// is closed at the first trouble, and whoever ran it opens another behind the last event.
//
// SPDX-License-Identifier: MIT

import { readEvent } from './contract.js';

// A stream through which nothing comes in this time is being held back by something on the way.
const HELLO_LIMIT_MS = 5000;

// Without an id: they say that the stream works, and nothing else.
const SIGNS = new Set(['hello', 'beat']);

/**
 * @param {(signal: AbortSignal) => Promise<AsyncIterable<{name: string, data: string}>>} open asks for the
 *   stream; its signal is aborted when the stream has ended, however that was
 * @param {object} options
 * @param {AbortSignal} options.signal closes it
 * @param {() => void} options.onHello it works
 * @param {() => void} options.onSign it says so: at its beginning, and with each heartbeat
 * @param {(event: object) => void} options.onEvent
 * @returns {Promise<{end: 'silent'|'refused'|'cut'|'reset'|'closed', livedMs: number}>} `refused`:
 *   it ended before it began; `livedMs` is counted from `hello` on
 */
export async function runStream(open, { signal, onHello, onSign, onEvent }) {
  const control = new AbortController();
  const close = () => control.abort();
  let isSilent = false;
  /** @type {number|null} */
  let startedAt = null;
  const timer = setTimeout(() => {
    isSilent = true;
    close();
  }, HELLO_LIMIT_MS);

  // True when it is to be begun anew.
  async function read() {
    for await (const { name, data } of await open(control.signal)) {
      if (control.signal.aborted || name === 'reset') {
        return name === 'reset';
      }
      if (SIGNS.has(name)) {
        onSign();
      }
      if (name === 'hello') {
        clearTimeout(timer);
        startedAt = performance.now();
        onHello();
      }
      const event = SIGNS.has(name) ? null : readEvent(data);
      if (event) {
        onEvent(event);
      }
    }
    return false;
  }

  signal.addEventListener('abort', close, { once: true });
  if (signal.aborted) {
    close();
  }
  let isReset = false;
  try {
    isReset = await read();
  } catch (error) {
    if (!error.failure) {
      throw error; // a fault of the page, for the console
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', close);
    close();
  }
  const livedMs = startedAt === null ? 0 : performance.now() - startedAt;
  if (signal.aborted) {
    return { end: 'closed', livedMs };
  }
  if (isReset) {
    return { end: 'reset', livedMs };
  }
  return { end: isSilent ? 'silent' : startedAt === null ? 'refused' : 'cut', livedMs };
}
