// Keeps a room up to date: reads the newest page, follows what comes, reads older pages when asked
// to. Puts together room.js (what is known), live.js (where it comes from) and tabs.js (which tab
// asks). Driven by main.js. Must not know the document or what is shown.
//
// No event is missed or doubled: each tab applies events by its own cursor, and when another tab
// tells of events that do not join its own, it reads those between itself.
//
// SPDX-License-Identifier: MIT

import { Live } from '../net/live.js';
import { RetryPause } from '../net/retry.js';
import { QUIET_MS, Signs } from '../net/signs.js';
import { Room } from './room.js';
import { createTabs } from '../net/tabs.js';

// The visitor comes back after this long: what is shown may be old.
const AWAY_MS = 10_000;
// What was answered is here as an event, too, after so long.
const EVENT_MS = 1000;

// What is said then is no older than the last sign of the server.
const GOOD = new Set(['live', 'polling']);

export class Conversation {
  room = new Room();
  #api;
  #isPrivate;
  #on;
  #tabs;
  #live;
  #signs;
  #pause = new RetryPause();
  #state = { state: 'connecting', detail: {} };
  #isReady = false;
  #isStranger = false; // the server does not know the visitor again
  #catchingUp = null;
  #older = null;

  /**
   * @param {object} options
   * @param {object} options.api from createApi
   * @param {() => string} options.name the same in all tabs of this room and visitor; asked when the
   *   newest page has been read
   * @param {(isFirst: boolean) => void} options.onPage the room has been read anew
   * @param {(message: import('./room.js').Message, isNew: boolean) => void} options.onMessage is
   *   new or has changed
   * @param {(state: string, detail: object) => void} options.onState as in live.js; also
   *   `memoryless`: the program answers but keeps nothing; `refused`: there is no way in
   * @param {() => void} options.onStranger the server will not know the visitor again: the browser
   *   keeps no cookies. A private conversation is `memoryless` then.
   * @param {boolean} options.isPrivate
   * @param {(value: object) => void} options.onTold by another tab, through `tell`
   */
  constructor({ api, name, isPrivate, ...on }) {
    this.#api = api;
    this.#isPrivate = isPrivate;
    this.#on = on;
    this.#signs = new Signs({
      onQuiet: () => this.#seek(),
      onDoubt: () => this.#present(),
      onTrust: () => this.#present(),
    });
    this.#tabs = createTabs(name, {
      onLead: () => this.#lead(),
      onFollow: () => this.#live.stop(),
      onAsked: () => this.#answer(),
      onTold: (value) => this.#hear(value),
    });
    this.#live = new Live({
      api,
      signs: this.#signs,
      cursor: () => this.room.cursor,
      onSign: () => this.#noteSign(),
      onEvents: (events, next) => this.#bring(events, next),
      onReset: () => this.#reset(),
      onState: (state, detail) => this.#takeState(state, detail),
      isHidden: () => document.hidden,
      mayStream: () => this.#tabs.isShared() || !document.hidden,
    });
  }

  /** Reads the newest page, however long it takes, and follows from there. */
  async start() {
    this.#watchVisitor();
    while (!this.#isReady) {
      try {
        if (!await this.#readNewest()) {
          this.#show('memoryless');
          return;
        }
        this.#isReady = true;
        this.#tabs.join();
      } catch (error) {
        if (!error.failure) {
          throw error;
        }
        const { failure } = error;
        const end = endOf(failure);
        this.#show(end ?? 'offline', { failure });
        if (end) {
          return;
        }
        await this.#pause.after(failure);
      }
    }
  }

  /**
   * Reads a page of older messages.
   * @returns {Promise<import('./room.js').Message[]>} ascending; throws ApiError
   */
  loadOlder() {
    this.#older ??= this.#readOlder().finally(() => { this.#older = null; });
    return this.#older;
  }

  /** The visitor has sent something, or could not: what comes of it should be seen soon. */
  nudge() {
    if (this.#state.detail.way === 'poll') {
      this.#check();
    }
  }

  /**
   * The visitor has sent this, and the server has it under this number: it comes as an event, too.
   * Where it does not, somebody has signed in or out, and it is in another conversation: a stream
   * goes on to be of whom it was begun by, and only a request tells who the visitor is now.
   */
  expect(seq, text) {
    const check = () => {
      if (this.room.cursor < seq || this.room.find(seq)?.text !== text) {
        this.#check();
      }
    };
    if (this.#isPrivate) {
      setTimeout(check, EVENT_MS);
    }
  }

  /** Tells the other tabs of this room. */
  tell(value) {
    this.#tabs.tell({ kind: 'told', value });
  }

  // --- reading ---

  // False where it is nobody's, because the server does not know the visitor again.
  async #readNewest() {
    let page = await this.#api.read({});
    if (page.session === false && !this.#isStranger) {
      this.#isStranger = !await this.#api.introduce();
      if (this.#isStranger) {
        this.#on.onStranger();
      }
      page = this.#isStranger ? page : await this.#api.read({});
    }
    if (this.#isStranger && this.#isPrivate) {
      return false;
    }
    this.#signs.note();
    this.room.replace(page);
    this.#on.onPage(!this.#isReady);
    return true;
  }

  async #readOlder() {
    const { room } = this;
    if (!room.hasOlder) {
      return [];
    }
    const before = room.first();
    const page = await this.#api.read({ before });
    // Read anew meanwhile: the page does not join.
    return room.first() === before ? room.prepend(page) : [];
  }

  async #reset() {
    await this.#readNewest();
    this.#tellWhere('reset');
  }

  #apply(events, next) {
    const changed = new Map(); // shown once, however many parts of it there are
    for (const event of events) {
      const message = this.room.apply(event);
      if (message) {
        changed.set(message, changed.get(message) || event.kind === 'message');
      }
    }
    this.room.cursor = Math.max(this.room.cursor, next);
    changed.forEach((isNew, message) => this.#on.onMessage(message, isNew));
  }

  // --- as the leader ---

  #lead() {
    this.#live.start();
    this.#tellWhere('here');
  }

  #bring(events, next) {
    const from = this.room.cursor;
    if (next <= from) {
      this.#noteSign();
      return;
    }
    this.#signs.note();
    this.#apply(events, next);
    this.#tabs.tell({ kind: 'events', from, events, next, age: 0 });
  }

  // Asks now, whichever tab does.
  #check() {
    this.#live.wake();
    this.#tabs.tell({ kind: 'nudge' });
  }

  #noteSign() {
    this.#signs.note();
    this.#tellWhere('here');
  }

  // To be found frozen is better than to say what may no longer be true.
  #answer() {
    if (!GOOD.has(this.#state.state) || this.#signs.age() < QUIET_MS) {
      this.#tellWhere('here');
    }
  }

  // Quiet: a stream may have died, or the tab that has it.
  #seek() {
    if (!this.#tabs.isLeading()) {
      this.#tabs.ask();
    } else if (this.#state.detail.way === 'stream') {
      this.#live.wake();
    }
  }

  #takeState(state, detail) {
    this.#show(state, detail);
    this.#tabs.tell({ kind: 'state', ...this.#state });
  }

  #tellWhere(kind) {
    this.#tabs.tell({ kind, next: this.room.cursor, age: this.#signs.age(), ...this.#state });
  }

  // --- as one of the others ---

  #hear(value) {
    if (value.kind === 'told') {
      this.#on.onTold(value.value);
      return;
    }
    if (this.#tabs.isLeading() && value.kind === 'nudge') {
      this.#live.wake();
    }
    if (!this.#isReady || this.#tabs.isLeading()) {
      return;
    }
    if (Number.isFinite(value.age)) {
      this.#signs.note(value.age);
    }
    if (value.state) {
      this.#show(value.state, value.detail);
    }
    if (value.kind === 'events' && value.from <= this.room.cursor) {
      this.#apply(value.events, value.next);
    } else if (value.kind === 'reset') {
      this.#catchUp(true);
    } else if (value.next > this.room.cursor) {
      this.#catchUp(false);
    }
  }

  // Reads what this tab has missed. When that fails, the leader is asked after a pause; its answer starts this
  // again.
  #catchUp(isReset) {
    this.#catchingUp ??= this.#readMissed(isReset)
      .catch((error) => {
        if (!error.failure) {
          throw error;
        }
        return this.#pause.after(error.failure);
      })
      .finally(() => {
        this.#catchingUp = null;
        this.#tabs.ask(); // it may have gone on meanwhile
      });
  }

  async #readMissed(isReset) {
    let page = { reset: isReset, more: true };
    while (page.more) {
      page = page.reset ? page : await this.#api.read({ after: this.room.cursor });
      if (page.reset) {
        await this.#readNewest();
        break;
      }
      this.#apply(page.events, page.next);
    }
    this.#pause.reset();
  }

  // --- the visitor ---

  #watchVisitor() {
    let hiddenAt = performance.now();
    window.addEventListener('online', () => this.#wake(true));
    window.addEventListener('offline', () => this.#lose());
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) {
        hiddenAt = performance.now();
        if (!this.#tabs.isShared()) {
          this.#wake(false); // gives its connection up
        }
      } else {
        this.#present(); // timers are late in tabs that nobody looks at
        this.#wake(performance.now() - hiddenAt > AWAY_MS);
      }
    });
    // A page that the browser puts aside, to show it again on "back", must hold nothing.
    window.addEventListener('pagehide', () => {
      this.#live.stop();
      this.#tabs.leave();
    });
    window.addEventListener('pageshow', ({ persisted }) => {
      if (persisted && this.#isReady) {
        this.#present();
        this.#tabs.join();
      }
    });
  }

  #wake(isLong) {
    this.#pause.wake();
    if (this.#tabs.isLeading()) {
      if (isLong || this.#state.detail.way !== 'stream' || !this.#tabs.isShared()) {
        this.#live.wake(isLong);
      }
    } else if (this.#isReady) {
      this.#tabs.ask();
    }
  }

  // The network is gone, says the browser. It may be wrong, with a server on this machine: a request
  // will tell.
  #lose() {
    if (GOOD.has(this.#state.state)) {
      this.#show('offline', { failure: { kind: 'noNetwork', final: false, passing: true } });
    }
    this.#signs.forget();
    if (this.#tabs.isLeading()) {
      this.#live.start();
    }
  }

  #show(state, detail = {}) {
    this.#state = { state, detail };
    this.#present();
  }

  #present() {
    const { state, detail } = this.#state;
    const isTrue = !GOOD.has(state) || this.#signs.areFresh();
    this.#on.onState(isTrue ? state : 'connecting', detail);
  }
}

// What a failure of the first read means for good, if anything.
function endOf({ kind, status, code }) {
  if (kind !== 'refused') {
    return null;
  }
  if (['room_unknown', 'room_invalid', 'room_forbidden'].includes(code) || status === 403) {
    return 'refused';
  }
  return status === 404 || status === 405 ? 'memoryless' : null;
}
