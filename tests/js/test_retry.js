// SPDX-License-Identifier: MIT

import assert from 'node:assert/strict';
import test from 'node:test';
import { Alarm, Backoff, readRetryAfter, RetryPause } from '../../htdocs/chat/net/retry.js';

const LONG_MS = 2 ** 30;

test('waits double from try to try up to half a minute, and begin anew after a success', () => {
  const backoff = new Backoff();
  const longest = [1, 2, 4, 8, 16, 30, 30, 30].map((seconds) => seconds * 1000);
  for (const most of longest) {
    const wait = backoff.next();
    assert.ok(wait >= most / 2 && wait <= most, `${wait} of ${most}`);
  }
  backoff.reset();
  assert.ok(backoff.next() <= 1000);
});

test('waits are spread, so that not everybody comes back at once', () => {
  const waits = Array.from({ length: 100 }, () => new Backoff().next());
  assert.ok(new Set(waits).size > 90);
});

test('a wait is never shorter than the server asks for', () => {
  const wait = new Backoff().next({ retryAfter: 120 });
  assert.ok(wait >= 120_000 && wait <= 150_000, String(wait));
});

test('a server asks to wait for seconds or until a date, by its own clock', () => {
  const read = (value, date) => readRetryAfter(new Headers({ 'Retry-After': value, ...(date && { Date: date }) }));
  const date = 'Sun, 06 Nov 1994 08:49:07 GMT';
  assert.equal(read('120'), 120);
  assert.equal(read('Sun, 06 Nov 1994 08:49:37 GMT', date), 30);
  assert.equal(read('Sunday, 06-Nov-94 08:49:37 GMT', date), 30);
  assert.equal(read('Sun Nov  6 08:49:37 1994', date), 30);
  const own = read(new Date(Date.now() + 60_000).toUTCString());
  assert.ok(own > 50 && own <= 60, String(own));
  for (const value of ['0', '-1', '1.5', 'soon', '', 'Sun, 99 Nov 1994', date, '2030', '1e3']) {
    assert.equal(read(value, date), value === '2030' ? 2030 : undefined, value);
  }
  assert.equal(read('99999999999'), 24 * 3600);
  assert.equal(readRetryAfter(new Headers()), undefined);
});

test('a sleeper is woken before the time', async () => {
  const alarm = new Alarm();
  const sleep = alarm.sleep(LONG_MS);
  alarm.wake();
  await sleep;
});

test('a wait that the server has asked for is ended by the visitor alone', async () => {
  const alarm = new Alarm();
  let isOver = false;
  const sleep = alarm.sleep(LONG_MS, { isFirm: true }).then(() => { isOver = true; });
  alarm.wake();
  await new Promise(setImmediate);
  assert.equal(isOver, false);
  alarm.wake(true);
  await sleep;
});

test('a sleep that is given up ends at once, also when it was given up before it began', async () => {
  const alarm = new Alarm();
  const control = new AbortController();
  const sleep = alarm.sleep(LONG_MS, { signal: control.signal });
  control.abort();
  await sleep;
  await alarm.sleep(LONG_MS, { signal: control.signal });
});

test('waking nobody does nothing', () => {
  new Alarm().wake(true);
});

test('the pause after a failure ends when something suggests so, unless the server asked for it', async () => {
  const pause = new RetryPause();
  const control = new AbortController();
  let isOver = false;
  const first = pause.after({ kind: 'unreachable', final: false, passing: true });
  pause.wake();
  await first;
  const second = pause.after({ kind: 'refused', final: false, passing: true, retryAfter: 9000 }, control.signal)
    .then(() => { isOver = true; });
  pause.wake();
  await new Promise(setImmediate);
  assert.equal(isOver, false);
  control.abort();
  await second;
});
