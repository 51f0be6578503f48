// The tabs of one browser that show the same room: one of them leads, which means that it has the
// live connection, and tells the others what it gets. Browsers allow six connections per host over
// HTTP/1.1; with one each, the seventh tab would be dead, posts and all. Used by conversation.js;
// knows nothing of what the tabs tell each other.
//
// The leader is who holds a lock (Web Locks): when its tab is closed the next one gets it at once.
// Where locks or channels are missing (plain http, old browsers) or are denied (to pages that may
// keep nothing) every tab leads itself.
//
// SPDX-License-Identifier: MIT

// A leader that does not answer in this time is frozen, as phones do it with tabs in the
// background, or has had no sign of the server itself; a tab that is looked at takes its place.
const ANSWER_LIMIT_MS = 4000;

/**
 * @param {() => string} nameOf the same for all tabs that belong together; asked when they join
 * @param {object} events
 * @param {() => void} events.onLead this tab leads from now on
 * @param {() => void} events.onFollow it does so no more
 * @param {() => void} events.onAsked another tab wants to know how things are; for the leader
 * @param {(value: object) => void} events.onTold what another tab has told
 */
export function createTabs(nameOf, { onLead, onFollow, onAsked, onTold }) {
  let name = '';
  let channel = null;
  let isShared = Boolean(navigator.locks);
  let isLeading = false;
  let isOpen = false;
  let waiting = null; // to be aborted: the wait for the lock
  let release = null; // to be called: gives the lock back
  let answerTimer = null;

  async function compete(options) {
    const control = new AbortController();
    waiting = control;
    const whileHeld = () => new Promise((resolve) => {
      if (!isOpen) {
        resolve();
        return;
      }
      release = resolve;
      isLeading = true;
      clearTimeout(answerTimer);
      onLead();
    });
    try {
      await navigator.locks.request(name, options.steal ? options : { signal: control.signal },
        whileHeld);
    } catch (error) {
      if (isOpen && error.name !== 'AbortError') {
        leadAlone();
      } else if (isOpen && isLeading) { // the lock was stolen
        isLeading = false;
        onFollow();
        compete({});
      }
    }
  }

  function leadAlone() {
    isShared = false;
    isLeading = true;
    clearTimeout(answerTimer);
    onLead();
  }

  function ask() {
    if (isShared && isOpen && !isLeading) {
      channel.postMessage({ kind: 'ask' });
      clearTimeout(answerTimer);
      answerTimer = setTimeout(takeOver, ANSWER_LIMIT_MS);
    }
  }

  function takeOver() {
    if (isOpen && !isLeading && document.visibilityState === 'visible') {
      waiting?.abort();
      compete({ steal: true });
    }
  }

  function open() {
    name = nameOf();
    channel = isShared ? openChannel(name) : null;
    isShared = channel !== null;
    channel?.addEventListener('message', ({ data }) => {
      if (data?.kind !== 'ask') {
        if (data?.isLeader) {
          clearTimeout(answerTimer);
        }
        onTold(data ?? {});
      } else if (isLeading) {
        onAsked();
      }
    });
  }

  return {
    isShared: () => isShared,
    isLeading: () => isLeading,
    ask,

    /** Takes part. */
    join() {
      if (isOpen) {
        return;
      }
      isOpen = true;
      if (!channel) {
        open();
      }
      if (isShared) {
        compete({});
        ask();
      } else {
        leadAlone();
      }
    },

    /** Takes part no more, until `join`. */
    leave() {
      isOpen = false;
      isLeading = false;
      clearTimeout(answerTimer);
      waiting?.abort();
      release?.();
      release = null;
    },

    /** Tells all other tabs. @param {object} value plain data with a `kind` other than "ask" */
    tell(value) {
      channel?.postMessage({ ...value, isLeader: isLeading });
    },
  };
}

// Null where there are none.
function openChannel(name) {
  try {
    return new BroadcastChannel(name);
  } catch {
    return null;
  }
}
