// Waiting before something is tried again: for how long, and what ends the wait early. `RetryPause` is what
// live.js, conversation.js and outbox.js wait with. Knows no HTTP beyond `Retry-After`, which api.js reads here.
//
// SPDX-License-Identifier: MIT

const FIRST_MS = 1000;
const LONGEST_MS = 30_000;
const LONGEST_ASKED_S = 24 * 3600;

/** Doubles from try to try, with jitter, so that a thousand pages do not come back at once. */
export class Backoff {
  #count = 0;

  /**
   * @param {import('./api.js').Failure} [failure] the wait is never shorter than it asks for
   * @returns {number} milliseconds
   */
  next(failure) {
    const longest = Math.min(FIRST_MS * 2 ** this.#count, LONGEST_MS);
    this.#count = Math.min(this.#count + 1, 10);
    const asked = (failure?.retryAfter ?? 0) * 1000;
    return Math.max(asked * (1 + Math.random() / 4), longest * (0.5 + Math.random() / 2));
  }

  reset() {
    this.#count = 0;
  }
}

/**
 * What a server asks for in an answer (RFC 9110, 10.2.3): seconds, or a date, by its own clock where
 * it tells that.
 * @param {{get: (name: string) => string|null}} headers
 * @returns {number|undefined} seconds
 */
export function readRetryAfter(headers) {
  const value = headers.get('Retry-After')?.trim() ?? '';
  if (/^[0-9]+$/.test(value)) {
    return limit(Number(value));
  }
  const at = readDate(value);
  const now = readDate(headers.get('Date') ?? '') ?? Date.now();
  return at === undefined ? undefined : limit(Math.ceil((at - now) / 1000));
}

function limit(seconds) {
  return seconds > 0 ? Math.min(seconds, LONGEST_ASKED_S) : undefined;
}

// All three forms of a date (RFC 9110, 5.6.7), of which one does not name its zone.
function readDate(value) {
  const milliseconds = /^[A-Z][a-z]+,? .*[0-9]/.test(value)
    ? Date.parse(value.endsWith('GMT') ? value : `${value} GMT`) : NaN;
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

/** One sleep at a time, which can be ended early. */
export class Alarm {
  #ring = null;
  #isFirm = false;

  /**
   * @param {number} milliseconds
   * @param {{isFirm?: boolean, signal?: AbortSignal}} options `isFirm`: only the visitor's own act
   *   ends it early, for the server has asked for this wait; `signal` ends it at once
   * @returns {Promise<void>}
   */
  sleep(milliseconds, { isFirm = false, signal } = {}) {
    return new Promise((resolve) => {
      if (signal?.aborted) {
        resolve();
        return;
      }
      const timer = setTimeout(() => this.#ring(), milliseconds);
      this.#isFirm = isFirm;
      this.#ring = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', this.#ring);
        this.#ring = null;
        resolve();
      };
      signal?.addEventListener('abort', this.#ring, { once: true });
    });
  }

  /** Ends the sleep, if there is one; a firm one only when `isAsked`. */
  wake(isAsked = false) {
    if (this.#ring && (isAsked || !this.#isFirm)) {
      this.#ring();
    }
  }
}

/** The pause after a failure, longer from failure to failure. One at a time. */
export class RetryPause {
  #backoff = new Backoff();
  #alarm = new Alarm();

  /**
   * Waits before the next try.
   * @param {import('./api.js').Failure} failure what went wrong; a server that asks to wait is not asked
   *   sooner, unless the visitor wants it
   * @param {AbortSignal} [signal] ends the wait at once
   * @returns {Promise<void>}
   */
  after(failure, signal) {
    const isFirm = failure.retryAfter !== undefined;
    return this.#alarm.sleep(this.#backoff.next(failure), { isFirm, signal });
  }

  /** Waits for a time of the caller's, without a failure. @see Alarm.sleep */
  sleep(milliseconds, options) {
    return this.#alarm.sleep(milliseconds, options);
  }

  /** Ends the wait, if there is one. @param {boolean} [isAsked] by the visitor */
  wake(isAsked = false) {
    this.#alarm.wake(isAsked);
  }

  /** It went well: the next pause is short again. */
  reset() {
    this.#backoff.reset();
  }
}
