// The visitor's messages on their way: one request at a time, in the order in which they were
// typed, so that no message can overtake another and every reply belongs to the one before it.
// Driven by main.js. Must not know the document or HTTP: it is given a function that sends.
//
// What happens behind a message that fails: those behind it are still tried, in order. A message
// that the server will never take, or one that runs into a time limit, must not block the
// conversation, and nothing is sent twice without being asked for: a lost answer does not mean
// that the message did not arrive. The failed message stays, marked, until it is sent again or
// taken back.
//
// SPDX-License-Identifier: MIT

/**
 * A message of the visitor.
 * @typedef {object} Message
 * @property {string} text as typed, white space and all
 * @property {Date} time when it was typed, or last sent again
 * @property {'waiting'|'sending'|'answered'|'failed'} state
 * @property {import('./api.js').Failure} [failure] when `failed`
 * @property {string} [reply] when `answered`
 */

export class Outbox {
  // All that is not answered, failed ones included, in the order of the log.
  #unsent = [];
  #sending = false;
  #say;
  #onChange;

  /**
   * @param {object} options
   * @param {(text: string) => Promise<string>} options.say gives the reply, or throws an error
   *   with a `failure`
   * @param {(message: Message) => void} options.onChange called after every change of a message's
   *   state, its first one included; not after `take`
   */
  constructor({ say, onChange }) {
    this.#say = say;
    this.#onChange = onChange;
  }

  /** Sends a text behind all that are waiting. */
  add(text) {
    this.#enqueue({ text, time: new Date() });
  }

  /** Sends a failed message again, behind all that are waiting. Any other is left alone. */
  sendAgain(message) {
    if (this.take(message)) {
      message.time = new Date();
      this.#enqueue(message);
    }
  }

  /** Takes a failed message out. True when it was there to be taken. */
  take(message) {
    return message.state === 'failed' && this.#remove(message);
  }

  /** Brings back a message of an earlier visit as a failed one. */
  restore({ text, time, failure }) {
    const message = { text, time };
    this.#unsent.push(message);
    this.#become(message, 'failed', { failure });
  }

  /** All messages that are not answered, in order. The list is the caller's. */
  unsent() {
    return [...this.#unsent];
  }

  #enqueue(message) {
    this.#unsent.push(message);
    this.#become(message, 'waiting');
    this.#sendNext();
  }

  async #sendNext() {
    const message = this.#unsent.find(({ state }) => state === 'waiting');
    if (this.#sending || !message) {
      return;
    }
    this.#sending = true;
    this.#become(message, 'sending');
    try {
      const reply = await this.#say(message.text);
      this.#remove(message);
      this.#become(message, 'answered', { reply });
    } catch (error) {
      if (!error.failure) {
        throw error; // a fault of the page, for the console
      }
      this.#become(message, 'failed', { failure: error.failure });
    } finally {
      this.#sending = false;
      this.#sendNext();
    }
  }

  #become(message, state, more = {}) {
    message.state = state;
    delete message.failure;
    Object.assign(message, more);
    this.#onChange(message);
  }

  #remove(message) {
    const at = this.#unsent.indexOf(message);
    if (at >= 0) {
      this.#unsent.splice(at, 1);
    }
    return at >= 0;
  }
}
