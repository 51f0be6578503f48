// Which message from the server is one that is still on its way from here. Only the answer to the
// post tells for certain; the event often comes before it, and without a guess the message would
// stand there twice until then. A wrong guess (somebody else has said the very same in the same
// moment) is put right by the answer. Used by main.js; pure.
//
// SPDX-License-Identifier: MIT

import { readPerson } from './names.js';

export class Claims {
  #bySeq = new Map(); // seq -> Entry
  #byEntry = new Map(); // Entry -> seq

  /**
   * The entry that this message is, most likely.
   * @param {import('./room.js').Message} message
   * @param {import('./outbox.js').Entry[]} entries that are on their way, in order
   * @returns {import('./outbox.js').Entry|undefined}
   */
  claim(message, entries) {
    if (message.role !== 'user' || message.state === 'deleted' || this.#bySeq.has(message.seq)) {
      return undefined;
    }
    const entry = entries.find((candidate) => candidate.wasTried && mayHaveArrived(candidate) &&
      !this.#byEntry.has(candidate) && message.seq > candidate.cursor &&
      candidate.text === message.text && couldBeFrom(candidate.name, message.name));
    if (entry) {
      this.#bySeq.set(message.seq, entry);
      this.#byEntry.set(entry, message.seq);
    }
    return entry;
  }

  has(seq) {
    return this.#bySeq.has(seq);
  }

  /** @returns {number|undefined} the seq that was guessed for the entry */
  seqOf(entry) {
    return this.#byEntry.get(entry);
  }

  /** The entry is on its way no more: forgets the guess. */
  release(entry) {
    this.#bySeq.delete(this.#byEntry.get(entry));
    this.#byEntry.delete(entry);
  }

  /** The room was read anew. */
  clear() {
    this.#bySeq.clear();
    this.#byEntry.clear();
  }
}

// What was refused is not there. Whatever else went wrong may have gone wrong
// after the message was stored, and its event may come after that.
/** @param {import('./outbox.js').Entry} entry */
function mayHaveArrived({ state, failure }) {
  return state !== 'failed' ||
    (failure !== undefined && !failure.final && failure.code === undefined);
}

function couldBeFrom(nickname, name) {
  return !name.startsWith('~') || name.slice(1) === readPerson(nickname);
}
