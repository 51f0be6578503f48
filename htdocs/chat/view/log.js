// Shows the conversation: the messages that the server has, in its order, and below them those that
// are on their way there. Driven by main.js. Must not know HTTP, storage or the queue: it shows
// what it is given and reports what is done to a message.
//
// A message on its way becomes one that the server has in the same element, so that nothing
// flickers.
//
// SPDX-License-Identifier: MIT

import { before, behind, createChunks } from './chunks.js';
import { createDays } from './days.js';
import { loadProse, readAloud } from './formatter.js';
import { createScroll } from './scroll.js';
import { createSpeech } from './speech.js';
import { createMessageView, showEntry, showMessage } from './views.js';

// Screen readers are not to read out what was said before; by then they have looked.
const QUIET_MS = 1000;

/**
 * @param {Document} document with the elements and templates of index.html
 * @param {{locale: string, words: object}} language from chooseWords
 * @param {object} options
 * @param {boolean} options.hasNames people are told apart by their names here
 * @param {(message: import('../state/room.js').Message) => boolean} options.isMine
 * @param {(message: import('../state/room.js').Message) => boolean} options.mayDelete
 * @param {(message: import('../state/room.js').Message) => Promise<void>} options.onDelete
 * @param {(message: import('../state/room.js').Message) => import('../state/replies.js').Remedy|null}
 *   options.remedyFor
 * @param {() => void} options.onFocusLost the button that had it is gone
 * @param {(entry: import('../state/outbox.js').Entry) => void} options.onSendAgain
 * @param {(entry: import('../state/outbox.js').Entry) => void} options.onEdit
 */
export function createLog(document, language, options) {
  const log = document.getElementById('log');
  const { words } = language;
  const empty = document.getElementById('empty');
  const scroll = createScroll(log, document.getElementById('newest'));
  const chunks = createChunks(log);
  const days = createDays(log, language.locale);
  const speech = createSpeech(document.getElementById('told'));
  const views = new Map(); // seq -> view
  const entries = new Map(); // Entry -> view
  let seqs = []; // of the views, ascending
  let quietTimer;

  // Puts a view where its seq belongs; one that stands there already is not moved.
  function place(view, seq) {
    let at = seqs.length;
    while (at > 0 && seqs[at - 1] > seq) {
      at -= 1;
    }
    const next = views.get(seqs[at]) ?? entries.values().next().value ?? null;
    seqs.splice(at, 0, seq);
    views.set(seq, view);
    insertBefore(view, next);
  }

  function insertBefore(view, next) {
    const line = next && before(next);
    const reference = line?.matches('.day') ? line : next;
    if (!view.isConnected || behind(view) !== reference) {
      chunks.insert(view, reference);
    }
  }

  function update(view, message) {
    const isMine = options.isMine(message);
    const hadFocus = view.contains(document.activeElement);
    if (message.state === 'streaming') {
      speech.hush(view);
    }
    showMessage(view, language, message, {
      isMine,
      hasNames: options.hasNames,
      onDelete: options.mayDelete(message) ? () => deleteMessage(message) : null,
      remedy: options.remedyFor(message),
      onCopied: (isCopied) => speech.tell(isCopied ? words.copied : words.notCopied),
    });
    if (message.state !== 'streaming') {
      speech.end(view, () => describe(view, message));
    }
    if (hadFocus && message.role === 'assistant' && !view.contains(document.activeElement)) {
      options.onFocusLost();
    }
    days.placed(view, message.time, isMine ? 'me' : `${message.role} ${message.name}`);
  }

  // A reply, as it is read aloud at its end.
  function describe(view, { text }) {
    return [view.querySelector('.who').textContent, readAloud(text),
      view.querySelector('.reason')?.textContent].filter(Boolean).join(' ');
  }

  async function deleteMessage(message) {
    await options.onDelete(message);
    log.focus({ preventScroll: true }); // the button is gone
  }

  // Shows a message without scrolling. True when it was not there before.
  function put(message, entry) {
    const waiting = entries.get(entry);
    entries.delete(entry);
    if (views.has(message.seq)) {
      if (waiting) {
        days.remove(waiting);
      }
      update(views.get(message.seq), message);
      return false;
    }
    const view = waiting ?? createMessageView(document);
    place(view, message.seq);
    update(view, message);
    return !waiting;
  }

  function beQuiet() {
    log.setAttribute('aria-live', 'off');
    clearTimeout(quietTimer);
    quietTimer = setTimeout(() => log.setAttribute('aria-live', 'polite'), QUIET_MS);
  }

  function showEmpty() {
    empty.hidden = views.size + entries.size > 0;
  }

  return {
    /** Begins anew with these messages; those on their way stay. */
    replace(messages) {
      beQuiet();
      [...views.values()].forEach((view) => days.remove(view));
      views.clear();
      seqs = [];
      messages.forEach((message) => put(message));
      showEmpty();
      scroll.follow(true);
      loadProse(() => scroll.follow(false));
    },

    /** Adds older messages; what the reader looks at stays where it is, also when `more` changes
     * something above them. */
    prepend(messages, more) {
      beQuiet();
      scroll.hold(() => {
        messages.forEach((message) => put(message));
        more();
      });
    },

    /**
     * Shows a message that the server has, new or changed.
     * @param {import('../state/room.js').Message} message
     * @param {import('../state/outbox.js').Entry} [entry] what it was on its way
     */
    show(message, entry) {
      const isNew = put(message, entry);
      loadProse(() => scroll.follow(false));
      if (isNew) {
        views.get(message.seq).classList.add('fresh');
      }
      showEmpty();
      scroll.follow(false, isNew && !options.isMine(message));
    },

    /** Shows a message on its way, new or changed. */
    showEntry(entry) {
      const view = entries.get(entry) ?? createMessageView(document);
      const isNew = !entries.has(entry);
      view.classList.add('fresh');
      const others = [...entries.keys()].filter((other) => other !== entry);
      const next = others.find(({ order }) => order > entry.order);
      insertBefore(view, next ? entries.get(next) : null);
      entries.set(entry, view);
      const inOrder = [...entries].sort(([a], [b]) => a.order - b.order);
      entries.clear();
      inOrder.forEach(([key, value]) => entries.set(key, value));
      showEntry(view, language, entry, {
        onSendAgain: () => options.onSendAgain(entry),
        onEdit: () => options.onEdit(entry),
      });
      days.placed(view, entry.time, 'me');
      showEmpty();
      scroll.follow(isNew);
    },

    /** Takes a message on its way out. */
    removeEntry(entry) {
      if (entries.has(entry)) {
        days.remove(entries.get(entry));
        entries.delete(entry);
        showEmpty();
      }
    },

    /** Says why there are no messages. */
    explain(text) {
      empty.textContent = text;
    },
  };
}
