// Waiting before something is tried again: how long, and being called before the time.
// Used by live.js, conversation.js and outbox.js. Knows no HTTP beyond a failure's `retryAfter`.
//
// SPDX-License-Identifier: MIT

const FIRST_MS = 1000;
const LONGEST_MS = 30_000;

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

/** One sleeper that can be woken. */
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
