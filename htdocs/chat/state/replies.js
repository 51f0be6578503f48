// What the visitor does about replies: stops one that is being made, asks for another where one has
// failed or was stopped. Driven by main.js. Must not know the document or HTTP: it is given
// functions that ask the server.
//
// SPDX-License-Identifier: MIT

import { createKey } from './keys.js';

/**
 * What can be done about a reply.
 * @typedef {object} Remedy
 * @property {'stop'|'regenerate'|'goOn'} kind
 * @property {boolean} isBusy it is being done
 * @property {import('../net/api.js').Failure|null} failure why it could not be done last time
 * @property {() => void} run
 */

export class Replies {
  #options;
  #states = new WeakMap(); // Message -> {isBusy, failure, key}

  /**
   * @param {object} options
   * @param {() => import('./room.js').Room} options.room
   * @param {(seq: number) => Promise<string>} options.stop gives the state that the reply has then;
   *   throws an error with a `failure`
   * @param {(question: {seq: number, key: string}) => Promise<object>} options.regenerate makes another
   *   reply to a message; gives the answer, or throws an error with a `failure`
   * @param {() => void} options.goOn says that a reply that was cut may go on
   * @param {(message: import('./room.js').Message) => boolean} options.isForMe
   * @param {(message: import('./room.js').Message) => void} options.onChange it, or what can be
   *   done about it, has changed
   * @param {(answer: object) => void} options.onAnswer of `regenerate`, with `ref`
   */
  constructor(options) {
    this.#options = options;
  }

  /** @param {import('./room.js').Message} message @returns {Remedy|null} */
  remedyFor(message) {
    const { isBusy = false, failure = null } = this.#states.get(message) ?? {};
    if (message.state === 'streaming' && Number.isInteger(message.seq)) {
      return { kind: 'stop', isBusy, failure, run: () => this.#stop(message) };
    }
    if (this.#mayGoOn(message)) {
      return { kind: 'goOn', isBusy, failure, run: () => this.#goOn(message) };
    }
    return this.#mayHaveAnother(message)
      ? { kind: 'regenerate', isBusy, failure, run: () => this.#regenerate(message) } : null;
  }

  /** The newest reply to the visitor that is being made, if there is one. */
  current() {
    return this.#options.room().messages()
      .reverse().find((message) => message.state === 'streaming' && this.#options.isForMe(message));
  }

  /** Stops that one. False when there is none. */
  stopCurrent() {
    const message = this.current();
    if (message) {
      this.#stop(message);
    }
    return message !== undefined;
  }

  /** Takes in what an answer tells of a reply, ahead of its events. */
  take({ ref, reply, replySeq, state = 'done', queued, time = new Date() }) {
    const room = this.#options.room();
    if (replySeq === undefined || reply === undefined && state !== 'streaming') {
      return;
    }
    const event = { role: 'assistant', seq: replySeq, ref, text: reply ?? '', time, state, queued };
    const message = room.addAnswered(event) ?? room.queue(replySeq, queued);
    if (message) {
      this.#options.onChange(message);
    }
  }

  // Where there is another already, that one is what counts.
  #mayHaveAnother({ state, ref, seq }) {
    const room = this.#options.room();
    return (state === 'failed' || state === 'stopped') && ref > 0 &&
      room.find(ref)?.state !== 'deleted' && room.repliesTo(ref).slice(-1)[0]?.seq === seq;
  }

  // As long as nothing was said after it.
  #mayGoOn(message) {
    const messages = this.#options.room().messages();
    return Number.isInteger(message.seq) && message.isCut && message.state === 'done' &&
      !this.#states.get(message)?.hasGoneOn && messages[messages.length - 1] === message;
  }

  #goOn(message) {
    this.#states.set(message, { hasGoneOn: true });
    this.#options.goOn();
    this.#options.onChange(message);
  }

  #stop(message) {
    return this.#do(message, async () => {
      const state = await this.#options.stop(message.seq);
      this.#options.room().finish(message.seq, state);
    });
  }

  #regenerate(message) {
    return this.#do(message, async (known) => {
      known.key ??= createKey(); // the same one until there is an answer
      const answer = await this.#options.regenerate({ seq: message.ref, key: known.key });
      delete known.key;
      this.#options.onAnswer({ ...answer, ref: message.ref });
    });
  }

  async #do(message, action) {
    const known = this.#states.get(message) ?? {};
    if (known.isBusy) {
      return;
    }
    this.#states.set(message, Object.assign(known, { isBusy: true, failure: null }));
    this.#options.onChange(message);
    try {
      await action(known);
    } catch (error) {
      if (!error.failure) {
        throw error; // a fault of the page, for the console
      }
      known.failure = error.failure;
      if (!error.failure.passing) {
        delete known.key;
      }
    } finally {
      known.isBusy = false;
      this.#options.onChange(message);
    }
  }
}
