// Shows the conversation: messages, their replies, and what became of the ones that failed.
// Driven by main.js. Must not know HTTP, storage or the queue: it shows what it is given and
// reports the two buttons of a failed message.
//
// Order: a reply stands right behind its message, and messages that wait stand below, in the order
// in which they will be sent; so the log always reads as the server has seen it.
//
// SPDX-License-Identifier: MIT

import { createScroll } from './scroll.js';
import { createMessageView, hideFailure, showFailure, showTime } from './views.js';

/**
 * @param {Document} document with the elements and templates of index.html
 * @param {{locale: string, words: object}} language from chooseWords
 * @param {object} actions
 * @param {(message: import('./outbox.js').Message) => void} actions.onSendAgain
 * @param {(message: import('./outbox.js').Message) => void} actions.onEdit
 */
export function createLog(document, { locale, words }, { onSendAgain, onEdit }) {
  const log = document.getElementById('log');
  const empty = document.getElementById('empty');
  const scroll = createScroll(log, document.getElementById('newest'));
  const views = new Map(); // of the unanswered messages only

  function create(message) {
    const view = createMessageView(document, words, 'mine', message.text);
    views.set(message, view);
    log.append(view);
    empty.hidden = true;
    return view;
  }

  function showState(view, message) {
    view.classList.toggle('waiting', ['waiting', 'sending'].includes(message.state));
    view.classList.toggle('failed', message.state === 'failed');
    hideFailure(view);
    showTime(view, locale, message.time);
    if (message.state === 'failed') {
      showFailure(view, words, message.failure, {
        onSendAgain: () => onSendAgain(message),
        onEdit: () => onEdit(message),
      });
    }
  }

  function addReply(view, text) {
    const reply = createMessageView(document, words, 'reply', text);
    showTime(reply, locale, new Date());
    view.after(reply);
  }

  return {
    /** Shows a message in its present state, and its reply once it has one. */
    show(message) {
      const isNew = !views.has(message);
      const view = views.get(message) ?? create(message);
      const isSentAgain = view.classList.contains('failed');
      showState(view, message);
      if (isSentAgain) {
        moveBehindSent(log, view);
      }
      if (message.state === 'answered') {
        addReply(view, message.reply);
        views.delete(message);
      }
      // The visitor's own act leads to the bottom; what arrives only follows a reader who is there.
      if (message.state !== 'sending') {
        scroll.follow(isNew || isSentAgain);
      }
    },

    /** Takes a message that was never answered out of the log. */
    remove(message) {
      views.get(message)?.remove();
      views.delete(message);
      empty.hidden = log.querySelector('.message') !== null;
    },
  };
}

// A message that is sent again goes behind everything that is being sent or was sent meanwhile,
// because that is where the server sees it. Failed ones behind it are not passed.
function moveBehindSent(log, view) {
  const others = [...log.querySelectorAll('.message:not(.failed)')];
  const last = others.filter((other) => other !== view).at(-1);
  if (last && view.compareDocumentPosition(last) & Node.DOCUMENT_POSITION_FOLLOWING) {
    last.after(view);
  }
}
