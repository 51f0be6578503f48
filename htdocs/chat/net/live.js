// Follows a room live, by whatever the way to the server lets through: a stream; where that is
// refused, held back or cut again and again, requests that are held open; where those do not get
// through either, a request every few seconds. Better ways are tried again later. One tab of those
// in a room runs it (tabs.js); conversation.js applies what it brings.
//
// SPDX-License-Identifier: MIT

import { RetryPause } from './retry.js';
import { BEAT_MS, QUIET_MS } from './signs.js';
import { runStream } from './stream.js';

// A stream that is cut sooner than this, and several in a row, is cut by something on the way that
// does it always. Above the server's heartbeat of 15 s.
const SHORT_STREAM_MS = 20_000;
const SHORT_STREAMS_MAX = 3;
// Refused once may be a restart of the server; held back once is enough.
const REFUSED_STREAMS_MAX = 2;
const STREAM_PAUSE_MS = 5 * 60_000;
const STREAM_PAUSE_MAX_MS = 60 * 60_000;
// Silent for so long while the server answers, the stream is dead.
const SILENT_STREAM_MS = 2 * QUIET_MS;

// For how long an answer is to be held: when the first does not get through, the next.
const HOLDS_S = [BEAT_MS / 1000, 8];
const HOLD_LEAST_MS = 1000; // answered sooner without anything: it was not held
const UNHELD_MAX = 3;

const POLL_FIRST_MS = 2000;
const POLL_LONGEST_MS = BEAT_MS * 0.8;
const POLL_HIDDEN_MS = 30_000;

/** The ways, best first; `way` of onState. */
export const WAYS = ['stream', 'hold', 'poll'];

export class Live {
  #options;
  #control = null;
  #pause = new RetryPause();
  #inContact = false;
  #wasWoken = false;
  #refusedStreams = 0;
  #shortStreams = 0;
  #streamPause = STREAM_PAUSE_MS;
  #streamsFrom = 0;
  #holdAt = 0;
  #unheld = 0;
  #held = null; // to be aborted: the request that is held open
  #streamSignAt = 0;
  #pollMs = POLL_FIRST_MS;

  /**
   * @param {object} options
   * @param {object} options.api from createApi
   * @param {() => number} options.cursor the seq behind which to read
   * @param {import('./signs.js').Signs} options.signs whether the server is there
   * @param {() => void} options.onSign it is, as its stream shows
   * @param {(events: object[], next: number) => void} options.onEvents also with none, which is a
   *   sign, too
   * @param {() => Promise<void>} options.onReset reads the newest page anew; may throw ApiError
   * @param {(state: 'connecting'|'live'|'polling'|'offline', detail: {way?: string,
   *   failure?: import('./api.js').Failure}) => void} options.onState
   * @param {() => boolean} options.isHidden nobody looks at the page
   * @param {() => boolean} options.mayStream this tab may hold a connection open now
   */
  constructor(options) {
    this.#options = options;
  }

  /** Begins, or begins anew. */
  start() {
    this.stop();
    this.#control = new AbortController();
    this.#inContact = this.#options.signs.areFresh(); // the room may just have been read
    this.#run(this.#control.signal);
  }

  stop() {
    this.#control?.abort();
    this.#control = null;
  }

  /** Something suggests that it is worth trying now. @param {boolean} isBetter so are streams */
  wake(isBetter = false) {
    if (isBetter) {
      this.#streamsFrom = 0;
      this.#holdAt = 0;
      this.#unheld = 0;
      this.#held?.abort(); // it may have died with the network that is no more
    }
    this.#pollMs = POLL_FIRST_MS;
    this.#wasWoken = true;
    this.#pause.wake();
  }

  async #run(signal) {
    while (!signal.aborted) {
      try {
        await this.#step(signal);
        this.#pause.reset();
      } catch (error) {
        if (signal.aborted) {
          return;
        }
        if (!error.failure) {
          throw error; // a fault of the page, for the console
        }
        await this.#recover(error.failure, signal);
      }
    }
  }

  #step(signal) {
    if (!this.#inContact) {
      return this.#read({}, signal);
    }
    if (this.#options.mayStream() && Date.now() >= this.#streamsFrom) {
      return this.#stream(signal);
    }
    return this.#options.mayStream() && this.#holdAt < HOLDS_S.length
      ? this.#hold(signal) : this.#poll(signal);
  }

  async #recover(failure, signal) {
    this.#inContact = false;
    this.#shortStreams = 0;
    this.#refusedStreams = 0;
    this.#options.onState('offline', { failure });
    await this.#pause.after(failure, signal);
  }

  // Catches up. True when there was something.
  async #read(range, signal) {
    let hasNews = false;
    let page;
    do {
      page = await this.#options.api.read({ after: this.#options.cursor(), ...range }, signal);
      if (signal.aborted) {
        return false;
      }
      if (page.reset) {
        await this.#options.onReset();
        hasNews = true;
      } else {
        hasNews ||= page.next > this.#options.cursor();
        this.#options.onEvents(page.events, page.next);
      }
    } while (page.more && page.events.length > 0);
    this.#inContact = true;
    return hasNews;
  }

  // --- the stream ---

  async #stream(signal) {
    const { api, cursor, onEvents, onSign, onState } = this.#options;
    const control = new AbortController();
    const close = () => control.abort();
    signal.addEventListener('abort', close, { once: true });
    let failure = null;
    const stream = runStream((ended) => api.follow(cursor(), ended), {
      signal: control.signal,
      onHello: () => {
        onState('live', { way: 'stream' });
        this.#watch(control, (error) => { failure = error; });
      },
      onSign: () => {
        this.#streamSignAt = performance.now();
        onSign();
      },
      onEvent: (event) => {
        this.#streamSignAt = performance.now();
        onEvents([event], event.seq);
      },
    });
    const { end, livedMs } = await stream;
    control.abort();
    signal.removeEventListener('abort', close);
    if (signal.aborted) {
      return;
    }
    if (failure) {
      throw failure;
    }
    await this.#afterStream(end, livedMs, signal);
  }

  // While the stream is open: when woken, which quiet does, too, asks whether it has missed
  // anything. A connection that has died without a word is found in no other way.
  async #watch(control, onFailure) {
    const { signal } = control;
    while (!signal.aborted) {
      this.#wasWoken = false;
      await this.#pause.sleep(QUIET_MS * 4, { signal });
      if (signal.aborted) {
        return;
      }
      try {
        if (!this.#options.mayStream() || await this.#read({}, signal) ||
            performance.now() - this.#streamSignAt >= SILENT_STREAM_MS) {
          control.abort();
        }
      } catch (error) {
        if (!signal.aborted) {
          onFailure(error);
          control.abort();
        }
      }
    }
  }

  async #afterStream(end, livedMs, signal) {
    if (end === 'reset') {
      await this.#options.onReset();
    } else if (end === 'closed') {
      return;
    } else if (end === 'cut') {
      this.#inContact = false; // who the visitor is now, only an ordinary request tells
      this.#refusedStreams = 0;
      this.#shortStreams = livedMs < SHORT_STREAM_MS ? this.#shortStreams + 1 : 0;
      this.#streamPause = this.#shortStreams === 0 ? STREAM_PAUSE_MS : this.#streamPause;
    } else {
      // Without a stream, only an ordinary request can tell whether the server is there at all.
      await this.#read({}, signal);
      this.#refusedStreams += end === 'silent' ? REFUSED_STREAMS_MAX : 1;
    }
    if (this.#shortStreams >= SHORT_STREAMS_MAX || this.#refusedStreams >= REFUSED_STREAMS_MAX) {
      this.#streamsFrom = Date.now() + this.#streamPause * (0.75 + Math.random() / 2);
      this.#streamPause = Math.min(this.#streamPause * 2, STREAM_PAUSE_MAX_MS);
      this.#shortStreams = 0;
      this.#refusedStreams = 0;
    } else {
      await this.#pause.sleep(200 + Math.random() * 800, { signal });
    }
  }

  // --- without a stream ---

  async #hold(signal) {
    this.#options.onState('live', { way: 'hold' });
    const startedAt = performance.now();
    const held = new AbortController();
    const close = () => held.abort();
    signal.addEventListener('abort', close, { once: true });
    this.#held = held;
    try {
      const hasNews = await this.#read({ wait: HOLDS_S[this.#holdAt] }, held.signal);
      const tookMs = performance.now() - startedAt;
      if (hasNews || tookMs >= HOLD_LEAST_MS) {
        this.#unheld = 0;
        return;
      }
      this.#unheld += 1;
      if (this.#unheld >= UNHELD_MAX) {
        this.#holdAt = HOLDS_S.length;
      }
      await this.#pause.sleep(500, { signal });
    } catch (error) {
      if (!error.failure || signal.aborted) {
        throw error;
      }
      this.#inContact = false; // to be found out by an ordinary request
      if (held.signal.aborted) {
        return;
      }
      // Cut after a while: something on the way, most likely, and the server is well.
      if (performance.now() - startedAt > HOLD_LEAST_MS && error.failure.retryAfter === undefined) {
        this.#holdAt += 1;
        return;
      }
      throw error;
    } finally {
      this.#held = null;
      signal.removeEventListener('abort', close);
    }
  }

  async #poll(signal) {
    this.#options.onState('polling', { way: 'poll' });
    const pause = this.#options.isHidden() ? POLL_HIDDEN_MS : this.#pollMs;
    if (!this.#wasWoken) {
      await this.#pause.sleep(pause * (0.9 + Math.random() * 0.2), { signal });
    }
    this.#wasWoken = false;
    if (signal.aborted) {
      return;
    }
    const hasNews = await this.#read({}, signal);
    this.#pollMs = hasNews ? POLL_FIRST_MS : Math.min(this.#pollMs * 1.3, POLL_LONGEST_MS);
    if (Date.now() >= this.#streamsFrom) {
      this.#holdAt = 0;
    }
  }
}
