// A room as this page knows it: a list of messages, made of pages of history and of the events
// that follow them. Pure: no document, no network, no clock. Used by conversation.js.
//
// An event is applied once, whatever way and how often it comes: `cursor` is the seq up to which
// everything has been applied. A message may be known before its event comes (the answer to a post
// tells its number): the event then finds it and corrects it.
//
// SPDX-License-Identifier: MIT

/**
 * A message. The object stays the same one while its members change.
 * @typedef {object} Message
 * @property {number} seq its number; not a whole one where the program keeps nothing
 * @property {'user'|'assistant'} role
 * @property {string} name "" where there is none
 * @property {string} text "" when deleted
 * @property {Date} time
 * @property {number} ref the message that it answers, or 0
 * @property {'done'|'streaming'|'stopped'|'failed'|'deleted'} state
 * @property {number} queued so many replies were to be made before it when it was asked for; 0 once
 *   something has come of it
 * @property {boolean} isCut a limit has cut the reply: it could go on
 * @property {string} reason why it failed: "unreachable", "busy", "too_long", or "" where that is
 *   not known
 * @property {string} thought what was thought before the text was said, "" for nothing
 * @property {number} thoughtMs for how long
 */

const STATES = new Set(['done', 'streaming', 'stopped', 'failed', 'deleted']);
const LOCAL_STEP = 2 ** -20;

export class Room {
  /** Everything up to this seq has been applied. */
  cursor = 0;
  /** There are messages before the first one here. */
  hasOlder = false;
  #messages = []; // ascending by seq
  #early = new Map(); // ref -> events for a message that is on no page that was read so far

  /** Ascending. The list is the caller's. */
  messages() {
    return [...this.#messages];
  }

  /** @returns {Message|undefined} */
  find(seq) {
    const at = this.#position(seq);
    return this.#messages[at]?.seq === seq ? this.#messages[at] : undefined;
  }

  /** Begins anew with the newest page. */
  replace({ events, next, more }) {
    this.#messages = [];
    this.#early.clear();
    this.hasOlder = more;
    events.forEach((event) => this.#put(event));
    this.cursor = next;
  }

  /** Adds a page of older messages. @returns {Message[]} those that are new here, ascending */
  prepend({ events, more }) {
    this.hasOlder = more;
    const unknown = events.filter(({ seq }) => !this.find(seq));
    return unknown.map((event) => this.#put(event)).filter(Boolean);
  }

  /** The seq before which older messages are to be asked for. */
  first() {
    return this.#messages[0]?.seq ?? this.cursor + 1;
  }

  /**
   * Applies an event that came after the page.
   * @returns {Message|null} the message that is new or has changed
   */
  apply(event) {
    if (event.seq <= this.cursor) {
      return null;
    }
    this.cursor = event.seq;
    if (event.kind === 'message') {
      return this.#put(event);
    }
    const message = this.find(event.ref);
    if (message) {
      return amend(message, event) ? message : null;
    }
    // Its page may be on the way, read before this happened.
    const before = event.kind === 'part' ? this.#early.get(event.ref) ?? [] : [];
    this.#early.set(event.ref, [...before, event]);
    return null;
  }

  /**
   * Adds what the answer to a post tells, where the event has not come yet.
   * @returns {Message|null} null when it was here, or must have been seen, already
   */
  addAnswered(event) {
    return event.seq > this.cursor && !this.find(event.seq) ? this.#put(event) : null;
  }

  /** So many replies are made before this one. @returns {Message|null} it, if it has changed */
  queue(seq, queued) {
    const message = this.find(seq);
    const isWaiting = message?.state === 'streaming' && message.text === '';
    if (!isWaiting || readCount(queued) === message.queued) {
      return null;
    }
    return Object.assign(message, { queued: readCount(queued) });
  }

  /** @returns {Message[]} the replies to a message, ascending */
  repliesTo(seq) {
    return this.#messages.filter(({ role, ref }) => role === 'assistant' && ref === seq);
  }

  /** A reply is made no further, ahead of its event, which brings the whole text. */
  finish(seq, state) {
    const message = this.find(seq);
    if (message?.state === 'streaming' && state !== 'streaming') {
      amend(message, state === 'deleted' ? { kind: 'delete' } : { kind: 'done', state });
    }
  }

  /** Adds a message that is kept nowhere but here. @returns {Message} */
  addLocal(event) {
    const last = Math.max(this.cursor, this.#messages.slice(-1)[0]?.seq ?? 0);
    return this.#put({ ...event, seq: last + LOCAL_STEP });
  }

  /** Takes a message back, ahead of its event. @returns {Message|null} */
  erase(seq) {
    const message = this.find(seq);
    return message && amend(message, { kind: 'delete' }) ? message : null;
  }

  #put(event) {
    const message = read(event);
    const at = this.#position(message.seq);
    const known = this.#messages[at];
    if (known?.seq === message.seq) {
      if (known.state === 'deleted' || message.state === 'streaming' && !isBehind(known, message)) {
        return null;
      }
      delete known.points;
      message.queued = message.text === '' ? known.queued : 0;
      return Object.assign(known, message);
    }
    this.#messages.splice(at, 0, message);
    const early = this.#early.get(message.seq) ?? [];
    this.#early.delete(message.seq);
    early.forEach((later) => amend(message, later));
    return message;
  }

  // Where the message with this seq stands, or would.
  #position(seq) {
    let low = 0;
    let high = this.#messages.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#messages[middle].seq < seq) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}

function read(event) {
  const { seq, role, name, text, time, ref, state, queued } = event;
  const date = new Date(time);
  return {
    seq,
    role: role === 'assistant' ? 'assistant' : 'user',
    name: typeof name === 'string' ? name : '',
    text: typeof text === 'string' && state !== 'deleted' ? text : '',
    time: Number.isNaN(date.getTime()) ? new Date() : date,
    ref: Number.isSafeInteger(ref) ? ref : 0,
    state: STATES.has(state) ? state : 'done',
    queued: readCount(queued),
    ...readEnd(event),
    ...readThought(event),
  };
}

function readEnd({ cut, reason, state }) {
  const isKnown = state === 'failed' && typeof reason === 'string';
  return { isCut: state !== 'failed' && cut === 'length', reason: isKnown ? reason : '' };
}

function readThought({ thought, thought_ms: thoughtMs }) {
  return {
    thought: typeof thought === 'string' ? thought : '',
    thoughtMs: typeof thoughtMs === 'number' && thoughtMs > 0 ? thoughtMs : 0,
  };
}

function readCount(value) {
  return Number.isSafeInteger(value) && value > 0 ? value : 0;
}

// A reply only grows, and what has ended does not begin again.
function isBehind(known, message) {
  return known.state === 'streaming' && known.text.length <= message.text.length;
}

// Changes a message as an event about it says. True when it has changed.
function amend(message, event) {
  if (message.state === 'deleted') {
    return false;
  }
  switch (event.kind) {
    case 'part':
      return append(message, event);
    case 'done':
      message.state = STATES.has(event.state) ? event.state : 'done';
      message.text = typeof event.text === 'string' ? event.text : message.text;
      message.queued = 0;
      Object.assign(message, readEnd(event));
      if (typeof event.thought === 'string') {
        Object.assign(message, readThought(event));
      }
      delete message.points;
      return true;
    case 'delete':
      Object.assign(message, { state: 'deleted', text: '', name: '', thought: '', reason: '',
        isCut: false });
      return true;
    default:
      return false; // of a later version
  }
}

// `points` counts the text's code points, which is what `off` is given in. A part behind a gap is
// left out: `done` brings the whole text.
function append(message, event) {
  const { off, text } = event;
  const hasThought = appendThought(message, event);
  return appendText(message, off, text) || hasThought;
}

// As the text; few parts have one.
function appendThought(message, { thought, thought_off: off, thought_ms: thoughtMs }) {
  if (message.state !== 'streaming' || typeof thought !== 'string' || !Number.isInteger(off)) {
    return false;
  }
  const points = [...message.thought].length;
  if (off < 0 || off > points) {
    return false;
  }
  message.queued = 0;
  message.thought += [...thought].slice(points - off).join('');
  message.thoughtMs = Math.max(message.thoughtMs, readThought({ thought, thought_ms: thoughtMs }).thoughtMs);
  return true;
}

function appendText(message, off, text) {
  if (message.state !== 'streaming' || typeof text !== 'string' || !Number.isInteger(off)) {
    return false;
  }
  message.points ??= [...message.text].length;
  if (off < 0 || off > message.points) {
    return false;
  }
  message.queued = 0;
  const fresh = [...text].slice(message.points - off);
  message.text += fresh.join('');
  message.points += fresh.length;
  return fresh.length > 0;
}
