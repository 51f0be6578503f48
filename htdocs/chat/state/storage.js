// What the browser keeps for the visitor: messages that are not yet with the server, which messages
// are the visitor's own, the nickname (localStorage: all tabs, until it is not needed any more),
// and the draft (sessionStorage: of this tab). Used by main.js and outbox.js.
// Storage may be refused, full, or hold anything at all: nothing here throws, and without it all
// works until the page is left.
//
// Each session and each user has a place of its own, so that the next one at this browser neither
// sees nor sends what another has written. Who it is, is known when the server has told; until then
// it is whoever it was the last time.
//
// SPDX-License-Identifier: MIT

// Own messages are remembered to offer deleting them; nobody scrolls further than this.
const OWN_MAX = 2000;

/**
 * A message that is not yet with the server, as it is kept.
 * @typedef {object} Kept
 * @property {string} key
 * @property {string} text
 * @property {string} name
 * @property {number} order milliseconds since 1970, or a little more: their order
 * @property {number} cursor the last seq that the page had seen when it was written
 * @property {boolean} wasTried it may have arrived
 * @property {import('../net/api.js').Failure} [failure] it was refused, and waits for the visitor
 */

/**
 * @param {string} path distinguishes the chats of one host
 * @param {string} room "" for the private conversation
 */
export function createStorage(path, room) {
  const shared = `plainchat:${path}`;
  const unowned = `${shared}:${room}`; // before the server has told for the first time
  const stored = get(localStore(), `${shared}:visitor`);
  let visitor = typeof stored === 'string' ? stored : '';
  let scope;
  let unsentPrefix;
  let own;

  function settle() {
    scope = visitor === '' ? unowned : `${unowned}@${visitor}`;
    unsentPrefix = `${scope}:unsent:`;
    if (visitor !== '') {
      [localStore(), sessionStore()].forEach((store) => move(store, `${unowned}:`, `${scope}:`));
    }
    own = new Map([...own ?? [], ...readMarks(get(localStore(), `${scope}:own`))]);
  }
  settle();

  function addOwn(seq, time) {
    // Another tab may have added some.
    readMarks(get(localStore(), `${scope}:own`)).forEach((at, other) => own.set(other, at));
    own.set(seq, time?.getTime() ?? 0);
    const marks = [...own].sort(([one], [other]) => one - other).slice(-OWN_MAX);
    set(localStore(), `${scope}:own`, marks);
  }

  return {
    /** What the owner has set for this host, as it was read the last time; anything at all. */
    settings: () => get(localStore(), `${shared}:settings`),
    keepSettings: (settings) => set(localStore(), `${shared}:settings`, settings),

    /** Each message is an item of its own, so that tabs cannot undo each other's changes.
     * @returns {Kept[]} in order */
    unsent() {
      return keysOf(localStore()).filter((key) => key.startsWith(unsentPrefix))
        .map((key) => readUnsent(key.slice(unsentPrefix.length), get(localStore(), key)))
        .filter(Boolean)
        .sort((a, b) => a.order - b.order || (a.key < b.key ? -1 : 1));
    },

    /** @param {Kept} kept @returns {boolean} false when the browser does not keep it */
    putUnsent: ({ key, ...kept }) => set(localStore(), unsentPrefix + key, kept),

    removeUnsent: (key) => set(localStore(), unsentPrefix + key, null),

    /** @param {() => void} changed another tab has changed what is unsent */
    watchUnsent(changed) {
      window.addEventListener('storage', ({ key }) => {
        if (key === null || key.startsWith(unsentPrefix)) {
          changed();
        }
      });
    },

    /** Who the visitor is, as far as it is known; "" for not at all. */
    visitor: () => visitor,

    /**
     * The server has told who the visitor is.
     * @returns {boolean} another one than all that was read from here is of: it must be read anew
     */
    meet(who) {
      const isOther = visitor !== '' && visitor !== who;
      if (visitor !== who) {
        visitor = who;
        own = isOther ? undefined : own;
        set(localStore(), `${shared}:visitor`, who);
        settle();
      }
      return isOther && get(localStore(), `${shared}:visitor`) === who;
    },

    /** Whether the browser keeps anything at all. */
    works: () => set(localStore(), `${scope}:trial`, true) && set(localStore(), `${scope}:trial`, null),

    /**
     * @param {{seq: number, time?: Date}} message where the time is not known, its number decides
     */
    isOwn({ seq, time }) {
      const at = own.get(seq);
      return at !== undefined && (at === 0 || time === undefined || at === time.getTime());
    },

    /**
     * The message is the visitor's own. Its number alone may be another message's where the store
     * was put back from a copy; with the time it is not.
     * @param {number} seq
     * @param {Date} [time] as the server has it, where that is known already
     */
    addOwn,

    /** Another tab has found that the message is the visitor's own. */
    hearOwn(seq) {
      const at = readMarks(get(localStore(), `${scope}:own`)).get(seq);
      own.set(seq, at ?? 0);
    },

    /** The message is here as the server has it: from now on its mark is for no other. */
    dateOwn({ seq, time }) {
      if (own.get(seq) === 0) {
        addOwn(seq, time);
      }
    },

    draft() {
      const draft = get(sessionStore(), `${scope}:draft`);
      return typeof draft === 'string' ? draft : '';
    },

    /** @returns {boolean} false when the browser does not keep it */
    saveDraft: (draft) => set(sessionStore(), `${scope}:draft`, draft || null),

    nickname() {
      const name = get(localStore(), `${shared}:name`);
      return typeof name === 'string' ? name : '';
    },

    saveNickname: (name) => set(localStore(), `${shared}:name`, name || null),
  };
}

// Only to touch these may throw, where the visitor refuses storage.
function localStore() {
  return attempt(() => localStorage);
}

function sessionStore() {
  return attempt(() => sessionStorage);
}

function attempt(action) {
  try {
    return action();
  } catch {
    return null;
  }
}

function keysOf(store) {
  return attempt(() => Array.from({ length: store.length }, (_, at) => store.key(at))) ?? [];
}

function get(store, key) {
  return attempt(() => JSON.parse(store.getItem(key)));
}

// Null takes it away. True when it is as it should be.
function set(store, key, value) {
  return attempt(() => {
    if (value === null) {
      store.removeItem(key);
    } else {
      store.setItem(key, JSON.stringify(value));
    }
    return true;
  }) ?? false;
}

// Gives all that begins so another beginning.
function move(store, from, to) {
  for (const key of keysOf(store).filter((each) => each.startsWith(from))) {
    if (set(store, to + key.slice(from.length), get(store, key))) {
      set(store, key, null);
    }
  }
}

// Of each own message its number and its time, 0 where that is not known: earlier versions kept the
// numbers alone.
function readMarks(value) {
  const marks = new Map();
  for (const mark of Array.isArray(value) ? value : []) {
    const [seq, at] = Array.isArray(mark) ? mark : [mark, 0];
    if (Number.isSafeInteger(seq) && Number.isSafeInteger(at)) {
      marks.set(seq, at);
    }
  }
  return marks;
}

// Earlier versions called the cursor `since`.
function readUnsent(key, value) {
  if (typeof value?.text !== 'string' || key === '') {
    return null;
  }
  const cursor = value.cursor ?? value.since;
  return {
    key,
    text: value.text,
    name: typeof value.name === 'string' ? value.name : '',
    order: Number.isFinite(value.order) ? value.order : Date.now(),
    cursor: Number.isSafeInteger(cursor) ? cursor : 0,
    wasTried: value.wasTried === true,
    ...(typeof value.failure?.kind === 'string' && { failure: value.failure }),
  };
}
