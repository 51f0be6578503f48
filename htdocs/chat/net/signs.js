// When the server last gave a sign of life: an event, a heartbeat, any answer. What the page says
// of its connection must not be older than 20 s. Used by conversation.js, for live.js too.
// Knows neither HTTP nor the document.
//
// SPDX-License-Identifier: MIT

/** As often as the server sends a heartbeat; for longer no request is to be held open. */
export const BEAT_MS = 15_000;

/** Without a sign for so long the server is to be asked whether it is there. */
export const QUIET_MS = BEAT_MS + 1000;

/** Without one for so long it cannot be said that all is well. connection.js waits a little, too. */
export const TRUST_MS = BEAT_MS + 3000;

export class Signs {
  #on;
  #at = -Infinity;
  #quietTimer;
  #doubtTimer;

  /**
   * @param {object} events
   * @param {() => void} events.onQuiet there was no sign for QUIET_MS
   * @param {() => void} events.onDoubt there was none for TRUST_MS
   * @param {() => void} events.onTrust there is one again
   */
  constructor(events) {
    this.#on = events;
  }

  /** Milliseconds since the last sign. */
  age() {
    return performance.now() - this.#at;
  }

  areFresh() {
    return this.age() < TRUST_MS;
  }

  /** There was a sign. @param {number} [age] so many milliseconds ago */
  note(age = 0) {
    const at = performance.now() - age;
    if (at <= this.#at) {
      return;
    }
    const wereFresh = this.areFresh();
    this.#at = at;
    clearTimeout(this.#quietTimer);
    clearTimeout(this.#doubtTimer);
    this.#quietTimer = setTimeout(this.#on.onQuiet, QUIET_MS - age);
    this.#doubtTimer = setTimeout(this.#on.onDoubt, TRUST_MS - age);
    if (!wereFresh && this.areFresh()) {
      this.#on.onTrust();
    }
  }

  /** Whatever there was counts no more. */
  forget() {
    this.#at = -Infinity;
    clearTimeout(this.#quietTimer);
    clearTimeout(this.#doubtTimer);
  }
}
