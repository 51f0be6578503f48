// Makes the elements of single messages from the templates in index.html. Used by log.js, which
// knows where they go. All text goes in as textContent, never as markup: what people and programs
// write must not become part of the page.
//
// SPDX-License-Identifier: MIT

import { showAuthor } from './names.js';
import { describeFailure } from './words.js';

let textCount = 0;

/**
 * @param {Document} document
 * @returns {HTMLElement} without anything in it: see the functions below
 */
export function createMessageView(document) {
  const view = cloneTemplate(document, 'message-template');
  view.querySelector('.text').id = `text-${textCount += 1}`;
  // A finger has no place to hover over: a tap on the message shows what can be done with it.
  view.addEventListener('click', () => view.classList.toggle('chosen'));
  return view;
}

/**
 * Shows a message that the server has.
 * @param {HTMLElement} view of createMessageView
 * @param {{locale: string, words: object}} language
 * @param {import('./room.js').Message} message
 * @param {object} options
 * @param {boolean} options.isMine
 * @param {boolean} options.hasNames people are told apart by their names here
 * @param {(() => Promise<void>)|null} options.onTakeBack null where it cannot be taken back;
 *   throws an error with a `failure`
 */
export function showMessage(view, { locale, words }, message, { isMine, hasNames, onTakeBack }) {
  const { state } = message;
  const text = view.querySelector('.text');
  setSide(view, isMine);
  view.classList.remove('waiting', 'failed');
  view.classList.toggle('deleted', state === 'deleted');
  view.classList.toggle('streaming', state === 'streaming');
  view.classList.toggle('broken', state === 'failed' || state === 'stopped');
  setText(text, state === 'deleted' ? words.takenBack : message.text);
  showAuthor(view.querySelector('.who'), words, message, { isMine, hasNames });
  showTime(view, locale, message.time);
  hideNote(view);
  if (state === 'failed' || state === 'stopped') {
    addNote(view, state === 'failed' ? words.replyBroken : words.replyStopped);
  }
  offerTakeBack(view, words, state === 'deleted' ? null : onTakeBack);
}

/**
 * Shows a message that is on its way.
 * @param {HTMLElement} view of createMessageView
 * @param {{locale: string, words: object}} language
 * @param {import('./outbox.js').Entry} entry
 * @param {{onSendAgain: () => void, onEdit: () => void}} actions
 */
export function showEntry(view, { locale, words }, entry, actions) {
  const { state, failure } = entry;
  setSide(view, true);
  view.classList.toggle('waiting', state !== 'failed');
  view.classList.toggle('failed', state === 'failed');
  setText(view.querySelector('.text'), entry.text);
  showAuthor(view.querySelector('.who'), words, entry, { isMine: true });
  showTime(view, locale, entry.time);
  if (!failure) {
    hideNote(view);
    return;
  }
  const notSent = state === 'failed' ? words.notSent : words.notSentYet;
  const text = `${notSent} ${describeFailure(words, failure)}`;
  // Trying again by itself must not take a button from under a finger, or the focus.
  if (view.querySelector('.reason')?.textContent !== text) {
    hideNote(view);
    const note = addNote(view, text);
    if (!failure.final) {
      addButton(view, note, 'again', state === 'failed' ? words.sendAgain : words.sendNow,
        actions.onSendAgain);
    }
    addButton(view, note, 'edit', words.edit, actions.onEdit);
  }
}

/**
 * @param {HTMLElement} view of createMessageView
 * @param {string} locale a language tag
 * @param {Date} time
 */
function showTime(view, locale, time) {
  const element = view.querySelector('.time');
  element.dateTime = time.toISOString();
  element.title = time.toLocaleString(locale, { dateStyle: 'full', timeStyle: 'medium' });
  setText(element, time.toLocaleTimeString(locale, { timeStyle: 'short' }));
}

function setSide(view, isMine) {
  view.classList.toggle('mine', isMine);
  view.classList.toggle('reply', !isMine);
}

// Text that stays the same stays in the page, so that nobody hears it again or loses a selection.
function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

// --- taking back ---

function offerTakeBack(view, words, onTakeBack) {
  const button = view.querySelector('.back');
  const isOffered = onTakeBack !== null;
  if (button.hidden !== isOffered) {
    return;
  }
  button.hidden = !isOffered;
  button.textContent = words.takeBack;
  button.setAttribute('aria-describedby', view.querySelector('.text').id);
  button.onclick = (event) => {
    event.stopPropagation();
    askTakeBack(view, words, button, onTakeBack);
  };
}

// Asks in place, with the focus on the way out: what is done cannot be undone.
function askTakeBack(view, words, button, onTakeBack) {
  hideNote(view);
  const note = addNote(view, words.takeBackQuestion);
  note.classList.add('question');
  const close = () => {
    hideNote(view);
    button.focus({ preventScroll: true });
  };
  addButton(view, note, 'yes', words.takeBackYes, async () => {
    try {
      await onTakeBack();
    } catch (error) {
      if (!error.failure) {
        throw error;
      }
      hideNote(view);
      addNote(view, `${words.notTakenBack} ${describeFailure(words, error.failure)}`);
      button.focus({ preventScroll: true });
    }
  });
  const no = addButton(view, note, 'no', words.takeBackNo, close);
  note.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') {
      close();
    }
  });
  note.scrollIntoView({ block: 'nearest' });
  no.focus({ preventScroll: true });
}

// --- what is said below a message ---

function addNote(view, text) {
  const note = cloneTemplate(view.ownerDocument, 'note-template');
  note.querySelector('.reason').textContent = text;
  note.addEventListener('click', (event) => event.stopPropagation());
  view.append(note);
  return note;
}

function addButton(view, note, name, label, onClick) {
  const button = view.ownerDocument.createElement('button');
  button.type = 'button';
  button.className = name;
  button.textContent = label;
  // There may be several of them: which message each one means.
  button.setAttribute('aria-describedby', view.querySelector('.text').id);
  button.addEventListener('click', onClick);
  note.querySelector('.actions').append(button);
  return button;
}

function hideNote(view) {
  view.querySelector('.failure')?.remove();
}

function cloneTemplate(document, id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}
