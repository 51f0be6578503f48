// The visitor's messages on their way: one request at a time, in the order in which they were
// typed. Driven by main.js. Must not know the document or HTTP: it is given a function that sends.
//
// A message gets a key when it is written, and is sent with it until there is an answer: the server
// stores it once, however often that is. So what was written offline, or whose answer was lost, is
// sent again by itself, also after a reload, and those behind it wait. What is refused for good
// must not block them: it stays, marked, until the visitor sends it again or edits it.
//
// All tabs of a room share what is unsent, through the storage; a lock lets one of them send.
//
// SPDX-License-Identifier: MIT

import { createKey } from './keys.js';
import { RetryPause } from '../net/retry.js';

// A tab that was frozen while it was sending keeps the lock. With the key it is safe to go on.
const LOCK_LIMIT_MS = 45_000;

/**
 * A message on its way. The object stays the same one while its members change.
 * @typedef {object} Entry
 * @property {string} key
 * @property {string} text as typed, white space and all
 * @property {string} name the nickname that it goes by, or ""
 * @property {number} order
 * @property {Date} time when it was typed
 * @property {number} cursor the last seq that the page had seen then
 * @property {boolean} wasTried it may have arrived
 * @property {boolean} isKept the browser keeps it until it is sent
 * @property {'waiting'|'sending'|'sent'|'failed'} state
 * @property {import('../net/api.js').Failure} [failure] when `failed`: why; when `waiting`: what went
 *   wrong last time
 */

export class Outbox {
  #entries = []; // in order
  #options;
  #pause = new RetryPause();
  #isOpen = false;
  #isSending = false;
  #attempt = null; // a promise: settled when what is being sent has an end
  #lastOrder = 0;

  /**
   * @param {object} options
   * @param {object} options.storage from createStorage
   * @param {string} options.lock the same in all tabs of this room
   * @param {(entry: Entry) => Promise<object>} options.post gives the answer, or throws an error
   *   with a `failure`
   * @param {(entry: Entry, answer?: object) => void} options.onChange called after every change of
   *   an entry's state, its first one included; with the answer when it is `sent`
   * @param {(failure: import('../net/api.js').Failure, tookMs: number) => boolean}
   *   [options.mayRepeat] after a failure that passes, by itself: not where the server could take
   *   the same message for another one; always when left out
   * @param {(entry: Entry) => void} options.onGone an entry is not here any more, and it was not
   *   this tab that sent it
   */
  constructor(options) {
    this.#options = { mayRepeat: () => true, ...options };
  }

  /** Takes up what is kept, and begins to share it with the other tabs. */
  restore() {
    this.#refresh();
    this.#options.storage.watchUnsent(() => {
      this.#refresh();
      this.#send();
    });
  }

  /** From now on messages may be sent. */
  open() {
    this.#isOpen = true;
    this.wake();
  }

  /** Sends a text behind all that are waiting. */
  add(text, name, cursor) {
    this.#enqueue({ key: createKey(), text, name, cursor, wasTried: false });
  }

  /** The server may be back: tries now. @param {boolean} isAsked by the visitor */
  wake(isAsked = false) {
    this.#pause.wake(isAsked);
    this.#send();
  }

  /** Sends a failed message again, behind all that are waiting; a waiting one now. */
  sendAgain(entry) {
    if (entry.state === 'failed' && this.#takeNow(entry)) {
      const isKeyUsed = entry.failure.code === 'key_reused';
      entry.wasTried = entry.wasTried && this.#options.mayRepeat(entry.failure, 0);
      this.#enqueue(entry, isKeyUsed ? createKey() : entry.key);
    } else {
      this.wake(true);
    }
  }

  /**
   * Takes a message out; one that is being sent, when that has failed.
   * @returns {Promise<boolean>} whether it was there to be taken, and has not been sent
   */
  async take(entry) {
    if (entry.state === 'sending') {
      await this.#attempt;
    }
    return this.#takeNow(entry);
  }

  /** All messages that are not with the server, in order. The list is the caller's. */
  unsent() {
    return [...this.#entries];
  }

  #takeNow(entry) {
    const isThere = entry.state !== 'sending' && this.#remove(entry);
    if (isThere) {
      this.#options.storage.removeUnsent(entry.key);
    }
    return isThere;
  }

  #enqueue(entry, key = entry.key) {
    const last = Math.max(this.#lastOrder, this.#entries.slice(-1)[0]?.order ?? 0);
    this.#lastOrder = Math.max(Date.now(), last + 1);
    Object.assign(entry, { key, order: this.#lastOrder, time: new Date() });
    this.#entries.push(entry);
    this.#become(entry, 'waiting');
    this.#send();
  }

  // What the other tabs have added, sent or taken out.
  #refresh() {
    const kept = new Map(this.#options.storage.unsent().map((entry) => [entry.key, entry]));
    for (const entry of this.#entries.filter(({ isKept, key }) => isKept && !kept.has(key))) {
      if (entry.state !== 'sending') {
        this.#remove(entry);
        this.#options.onGone(entry);
      }
    }
    for (const [key, value] of kept) {
      const known = this.#entries.find((entry) => entry.key === key);
      const entry = known ?? { time: new Date(value.order), isKept: true };
      const hadFailed = entry.state === 'failed';
      Object.assign(entry, value);
      if (!known) {
        this.#entries.push(entry);
      }
      if (!known || hadFailed !== Boolean(value.failure) && entry.state !== 'sending') {
        this.#become(entry, value.failure ? 'failed' : 'waiting', value.failure, false);
      }
    }
    this.#entries.sort((a, b) => a.order - b.order);
  }

  async #send() {
    if (this.#isSending) {
      return;
    }
    this.#isSending = true;
    try {
      while (this.#isOpen && this.#next()) {
        this.#attempt = this.#withLock(() => this.#sendNext());
        const failure = await this.#attempt;
        if (failure) {
          await this.#pause.after(failure);
        }
      }
    } finally {
      this.#isSending = false;
    }
  }

  #next() {
    return this.#entries.find(({ state }) => state === 'waiting');
  }

  // Gives the failure after which a pause is due, if there was one.
  async #sendNext() {
    this.#refresh(); // another tab may have sent it while this one waited for the lock
    const entry = this.#next();
    if (!entry) {
      return null;
    }
    const before = entry.failure ?? { kind: 'unreachable', final: false, passing: true };
    if (entry.wasTried && !this.#options.mayRepeat(before, 0)) {
      this.#become(entry, 'failed', before);
      return null;
    }
    entry.wasTried = true;
    this.#become(entry, 'sending', entry.failure);
    const startedAt = performance.now();
    try {
      const answer = await this.#options.post(entry);
      this.#pause.reset();
      this.#remove(entry);
      this.#options.storage.removeUnsent(entry.key);
      entry.state = 'sent';
      this.#options.onChange(entry, answer);
      return null;
    } catch (error) {
      if (!error.failure) {
        throw error; // a fault of the page, for the console
      }
      const { failure } = error;
      const isPassing = failure.passing &&
        this.#options.mayRepeat(failure, performance.now() - startedAt);
      this.#become(entry, isPassing ? 'waiting' : 'failed', failure);
      return isPassing ? failure : null;
    }
  }

  async #withLock(action) {
    const { lock } = this.#options;
    if (!navigator.locks) {
      return action();
    }
    const control = new AbortController();
    const timer = setTimeout(() => control.abort(), LOCK_LIMIT_MS);
    let hasIt = false;
    try {
      return await navigator.locks.request(lock, { signal: control.signal }, () => {
        hasIt = true;
        clearTimeout(timer);
        return action();
      });
    } catch (error) {
      if (hasIt) {
        throw error;
      }
      return action();
    }
  }

  #become(entry, state, failure, isToBeKept = true) {
    entry.state = state;
    entry.failure = failure;
    if (isToBeKept) {
      const { key, text, name, order, cursor, wasTried } = entry;
      entry.isKept = this.#options.storage.putUnsent({
        key, text, name, order, cursor, wasTried, ...(state === 'failed' && { failure }),
      });
    }
    this.#options.onChange(entry);
  }

  #remove(entry) {
    const at = this.#entries.indexOf(entry);
    if (at >= 0) {
      this.#entries.splice(at, 1);
    }
    return at >= 0;
  }
}
