// Talks HTTP with the program: the only module that calls fetch. contract.js knows what the answers look like.
// Used by conversation.js, live.js and main.js. Must not know the document, nor any words for
// people: whatever goes wrong is told as a Failure, which words.js puts into a sentence.
//
// SPDX-License-Identifier: MIT

import { followAnswer } from './answer.js';
import {
  ApiError, parseObject, readAnswer, readPage, readRefusal, readSettings, textOf,
} from './contract.js';
import { readEvents } from './event_stream.js';
import { takeTurn } from './turn.js';

// Long enough for a slow host that has to start the program first, short enough that nobody sits
// before a dead line.
const TIME_LIMIT_MS = 30_000;

// So much of a text tells where in it something stands.
const SHOWN_BEFORE = 20;

/**
 * Why a request did not do what it should. Plain data, so that it can be stored.
 * @typedef {object} Failure
 * @property {'unreachable'|'noNetwork'|'timeout'|'garbage'|'refused'|'unsendable'} kind `refused`:
 *   the server answered 4xx or 5xx; `garbage`: it answered something that is not in the contract;
 *   `unsendable`: the text has a character that no server takes
 * @property {boolean} final sending the same text again cannot succeed
 * @property {boolean} passing the cause is likely to go away; to be tried again without being asked
 * @property {number} [status] HTTP status, when `refused`
 * @property {string} [code] the problem document's stable code, when there is one
 * @property {string} [detail] the problem document's sentence, when there is one
 * @property {number} [retryAfter] seconds that the server asks to wait
 * @property {number} [seconds] the limit that was passed, when `timeout`
 * @property {string} [character] which one, when `unsendable`: "U+0000"
 * @property {string} [before] what stands in front of it
 */

/**
 * What the server answers to a post.
 * @typedef {object} Answer
 * @property {string} [reply] where there is one already
 * @property {number} [seq] of the message, where it was stored
 * @property {number} [replySeq]
 * @property {string} [state] of the reply, where it is not done
 * @property {number} [queued] so many replies are made before it
 * @property {(onText: (text: string) => void) => Promise<{text: string, state: string}>} [follow]
 *   tells how the reply grows, and what it is at its end, where that comes with the answer
 */

/**
 * Makes the client for one room of one program.
 * @param {string} address the program's URL
 * @param {string} room "" for the visitor's private conversation
 * @param {(visitor: string) => Promise<void>} onVisitor called with each answer that tells who the
 *   visitor is, which is another text for each session and user, before it is passed on
 */
export function createApi(address, room, onVisitor) {
  const scope = room === '' ? {} : { room };
  let epoch = ''; // which life of the store the page was read from: `after` is a position in it

  const cursorAt = (seq) => (epoch === '' ? seq : `${epoch}-${seq}`);

  // The answer is not held back until a reply is made: that comes as events, of the room or, where
  // nothing is kept, of the answer.
  async function send(value, { key, isKept = true }) {
    const { response, body, events } = await request(address, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json', 'Idempotency-Key': key,
        ...(isKept ? { Prefer: 'respond-async' } : { Accept: 'text/event-stream' }),
      },
      body: JSON.stringify({ ...value, ...scope }),
    });
    return events ? { reply: '', state: 'streaming', follow: (onText) => followAnswer(events, onText) }
      : readAnswer(response, body);
  }

  return {
    /**
     * Posts a message.
     * @param {{text: string, name: string, key: string}} entry `key`: the message is posted once, however
     *   often it is sent
     * @param {boolean} isKept the program keeps messages
     * @returns {Promise<Answer>}
     */
    async post({ text, name, key }, isKept) {
      refuseUnsendable(text);
      return send({ message: text, ...(name && { name }) }, { key, isKept });
    },

    /**
     * Asks for another reply to a message.
     * @param {{seq: number, key: string}} question
     * @returns {Promise<Answer>}
     */
    regenerate: ({ seq, key }) => send({ again: seq }, { key }),

    /** Stops a reply that is being made. @returns {Promise<string>} the state that it has then */
    async stop(seq) {
      const { response, body } = await request(`${address}/stop`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ seq, ...scope }),
      });
      const value = parseObject(body);
      if (!response.ok || typeof value?.state !== 'string') {
        throw new ApiError(response.ok ? { kind: 'garbage' } : readRefusal(response, value));
      }
      return value.state;
    },

    /**
     * Reads the room: the newest page, or what is before or after a seq.
     * @param {{before?: number, after?: number, wait?: number}} range `wait`: seconds for which
     *   the answer is held until something comes
     * @param {AbortSignal} [signal] gives the request up
     * @returns {Promise<{events: object[], next: number, more: boolean, reset: boolean,
     *   session?: string|false}>} `session`: another one for each session and user; false where
     *   the visitor has none, which reading does not begin
     */
    async read(range, signal) {
      const { response, body } = await request(
        withQuery(`${address}/events`, {
          ...scope, session: 'known', ...range,
          ...(range.after !== undefined && { after: cursorAt(range.after) }),
        }),
        { signal },
        TIME_LIMIT_MS + (range.wait ?? 0) * 1000,
      );
      const { epoch: readFrom, ...page } = readPage(response, body);
      if (page.session) {
        await onVisitor(page.session);
      }
      const isNewest = range.after === undefined && range.before === undefined;
      if (isNewest || (epoch === '' && !page.reset)) {
        epoch = readFrom;
      } else if (range.before !== undefined && epoch !== '' && readFrom !== epoch) {
        return { ...page, events: [], more: true }; // of another store: a reset is on its way
      }
      return page;
    },

    /**
     * Begins the visitor's session, if another tab has not done so meanwhile: the program knows the
     * visitor then by a cookie, has a private conversation for it, and takes a message in a shared
     * room for the visitor's own.
     * @returns {Promise<boolean>} false where the browser brings no cookie back
     */
    introduce: () => takeTurn(`plainchat ${address} session`, async () => {
      for (let tries = 0; tries < 2; tries += 1) {
        const { body } = await request(withQuery(`${address}/events`, { limit: 1 }));
        if (parseObject(body)?.newcomer !== true) {
          return true;
        }
      }
      return false;
    }),

    /**
     * Opens the live stream behind a seq.
     * @param {number} after
     * @param {AbortSignal} signal closes it
     * @returns {Promise<AsyncIterable<{name: string, data: string}>>} throws ApiError, also while it is read
     */
    async follow(after, signal) {
      const asked = withQuery(`${address}/events`, { ...scope, after: cursorAt(after) });
      return readSafely(await openStream(asked, signal));
    },

    /** Deletes a message. */
    async delete(seq) {
      const { response, body } = await request(withQuery(`${address}/events/${seq}`, scope),
        { method: 'DELETE' });
      if (!response.ok) {
        throw new ApiError(readRefusal(response, parseObject(body)));
      }
    },

    /** @returns {Promise<import('./contract.js').Settings>} what the page shows of this host */
    async settings() {
      const { response, body } = await request(`${address}/settings`);
      const value = parseObject(body);
      if (!response.ok || value === null) {
        throw new ApiError(response.ok ? { kind: 'garbage' } : readRefusal(response, value));
      }
      return readSettings(value);
    },

    /**
     * @returns {Promise<{rooms: {name: string, title: string}[], hasPrivate: boolean}>} where this visitor may
     *   go; `title` is "" where there is none
     */
    async rooms() {
      const { response, body } = await request(`${address}/rooms`);
      const value = parseObject(body);
      if (!response.ok || !Array.isArray(value?.rooms)) {
        throw new ApiError(response.ok ? { kind: 'garbage' } : readRefusal(response, value));
      }
      const rooms = value.rooms.filter((entry) => typeof entry?.room === 'string');
      return {
        rooms: rooms.map(({ room: name, title }) => ({ name, title: textOf(title) })),
        hasPrivate: value.private !== false,
      };
    },
  };
}

// `signal` is the caller's: when it gives up, the error is of no interest to anybody.
/**
 * @param {string} address
 * @param {RequestInit} options
 * @param {number} limit milliseconds
 */
async function request(address, options = {}, limit = TIME_LIMIT_MS) {
  const { signal, headers, ...rest } = options;
  const control = new AbortController();
  let isLate = false;
  let isStream = false;
  let timer;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      isLate = true;
      control.abort();
    }, limit);
  };
  wait();
  const giveUp = () => control.abort();
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    const response = await fetch(address, {
      ...rest,
      headers: { Accept: 'application/json', ...headers },
      cache: 'no-store',
      signal: control.signal,
    });
    if (isEventStream(response)) {
      isStream = true;
      return { response, events: readWithin(response.body, wait, () => clearTimeout(timer)) };
    }
    return { response, body: await response.text() };
  } catch {
    throw new ApiError(isLate
      ? { kind: 'timeout', seconds: Math.round(limit / 1000) }
      : { kind: navigator.onLine === false ? 'noNetwork' : 'unreachable' });
  } finally {
    if (!isStream) {
      clearTimeout(timer);
    }
    signal?.removeEventListener('abort', giveUp);
  }
}

function isEventStream({ ok, headers }) {
  return ok && headers.get('Content-Type')?.startsWith('text/event-stream');
}

async function* readWithin(body, onBytes, onEnd) {
  try {
    yield* readEvents(body, onBytes);
  } finally {
    onEnd();
  }
}

// live.js watches a stream by its heartbeats, so there is no time limit.
async function openStream(address, signal) {
  let response;
  try {
    response = await fetch(address, { headers: { Accept: 'text/event-stream' }, cache: 'no-store', signal });
  } catch {
    throw new ApiError({ kind: 'unreachable' });
  }
  if (!isEventStream(response)) {
    throw new ApiError(response.ok ? { kind: 'garbage' } : readRefusal(response, null));
  }
  return response.body;
}

async function* readSafely(body) {
  try {
    yield* readEvents(body);
  } catch {
    throw new ApiError({ kind: 'unreachable' });
  }
}

// U+0000 and halves of surrogate pairs, which come with pastes, are no text for any server.
function refuseUnsendable(text) {
  const at = [text.indexOf('\0'), text.search(/\p{Cs}/u)].filter((found) => found >= 0)
    .sort((a, b) => a - b)[0];
  if (at !== undefined) {
    throw new ApiError({
      kind: 'unsendable',
      final: true,
      passing: false,
      character: `U+${text.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0')}`,
      before: text.slice(Math.max(0, at - SHOWN_BEFORE), at).trim(),
    });
  }
}

function withQuery(address, parameters) {
  const query = new URLSearchParams(parameters).toString();
  return query === '' ? address : `${address}?${query}`;
}
