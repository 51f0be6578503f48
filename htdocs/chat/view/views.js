// Makes the elements of single messages from the templates in index.html. Used by log.js, which
// knows where they go. All text goes in as text, never as markup: what people and programs write
// must not become part of the page.
//
// SPDX-License-Identifier: MIT

import { copyText } from './clipboard.js';
import { showPlain, showProse } from './formatter.js';
import { isBlank } from '../state/names.js';
import { showAuthor } from './names.js';
import { hideNote, setText, showNote } from './note.js';
import { showThought } from './thought.js';
import { describeFailure } from '../words/words.js';

// For so long a button shows that it has copied.
const COPIED_MS = 2000;

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
 * @param {import('../state/room.js').Message} message
 * @param {object} options
 * @param {boolean} options.isMine
 * @param {boolean} options.hasNames people are told apart by their names here
 * @param {(() => Promise<void>)|null} options.onDelete null where it cannot be deleted;
 *   throws an error with a `failure`
 * @param {import('../state/replies.js').Remedy|null} options.remedy
 * @param {(isCopied: boolean) => void} options.onCopied the visitor has copied something of it
 */
export function showMessage(view, { locale, words }, message, options) {
  const { state } = message;
  const isDeleted = state === 'deleted';
  setSide(view, options.isMine);
  view.classList.remove('waiting', 'failed');
  view.classList.toggle('deleted', isDeleted);
  view.classList.toggle('streaming', state === 'streaming');
  view.classList.toggle('cut', message.isCut);
  view.classList.toggle('broken', state === 'failed' || state === 'stopped');
  showThought(view, words, message);
  showText(view.querySelector('.text'), words, message);
  showAuthor(view.querySelector('.who'), words, message, options);
  showTime(view, locale, message.time);
  showRemedy(view, words, message, options.remedy);
  offerCopy(view, words, isDeleted ? '' : message.text, options.onCopied);
  offerDelete(view, words, isDeleted ? null : options.onDelete);
}

// What people write is shown as it is, but for addresses; programs write Markdown.
function showText(element, words, { role, text, state }) {
  if (role === 'assistant' && state !== 'deleted') {
    showProse(element, words, text, state === 'streaming');
  } else {
    showPlain(element, words, state === 'deleted' ? words.deleted : text);
  }
}

const REMEDIES = {
  stop: { name: 'stop', label: 'stop', busy: 'stopping', failed: 'notStopped' },
  goOn: { name: 'go-on', label: 'goOn', busy: 'goOn', failed: 'notSent' },
  regenerate: { name: 'regenerate', label: 'tryAgain', busy: 'tryingAgain', failed: 'notTriedAgain' },
};
const ENDS = { failed: 'replyBroken', stopped: 'replyStopped' };
const SILENT_ENDS = { done: 'replyEmpty', failed: 'replyNone' };

function endOf({ role, state, text, isCut }) {
  if (isCut) {
    return 'replyCut';
  }
  if (role === 'assistant' && isBlank(text) && SILENT_ENDS[state]) {
    return SILENT_ENDS[state];
  }
  return ENDS[state];
}

// How it stands with a reply, and what can be done about it.
function showRemedy(view, words, message, remedy) {
  const { queued, reason } = message;
  const parts = [words[endOf(message)], words.reasons[reason], queued > 0 && words.queued(queued)];
  const buttons = [];
  if (remedy) {
    const { name, label, busy, failed } = REMEDIES[remedy.kind];
    const { isBusy, failure, run } = remedy;
    parts.push(failure && `${words[failed]} ${describeFailure(words, failure)}`);
    buttons.push({ name, label: words[isBusy ? busy : label], isBusy, onClick: run });
  }
  const text = parts.filter(Boolean).join(' ');
  if (text !== '' || buttons.length > 0) {
    showNote(view, text, buttons);
  } else {
    hideNote(view);
  }
}

/**
 * Shows a message that is on its way.
 * @param {HTMLElement} view of createMessageView
 * @param {{locale: string, words: object}} language
 * @param {import('../state/outbox.js').Entry} entry
 * @param {{onSendAgain: () => void, onEdit: () => void}} actions
 */
export function showEntry(view, { locale, words }, entry, actions) {
  const { state, failure } = entry;
  const hasFailed = state === 'failed';
  setSide(view, true);
  view.classList.toggle('waiting', !hasFailed);
  view.classList.toggle('failed', hasFailed);
  showPlain(view.querySelector('.text'), words, entry.text);
  showAuthor(view.querySelector('.who'), words, entry, { isMine: true });
  showTime(view, locale, entry.time);
  if (!failure) {
    hideNote(view);
    return;
  }
  const sendAgain = { name: 'send-again', label: hasFailed ? words.sendAgain : words.sendNow,
    onClick: actions.onSendAgain };
  const edit = { name: 'edit', label: words.edit, onClick: actions.onEdit };
  const text = `${hasFailed ? words.notSent : words.notSentYet} ${describeFailure(words, failure)}`;
  showNote(view, text, failure.final ? [edit] : [sendAgain, edit]);
}

/**
 * @param {HTMLElement} view of createMessageView
 * @param {string} locale a language tag
 * @param {Date} time
 */
function showTime(view, locale, time) {
  const element = /** @type {HTMLTimeElement} */ (view.querySelector('.time'));
  element.dateTime = time.toISOString();
  element.title = time.toLocaleString(locale, { dateStyle: 'full', timeStyle: 'medium' });
  setText(element, time.toLocaleTimeString(locale, { timeStyle: 'short' }));
}

function setSide(view, isMine) {
  view.classList.toggle('mine', isMine);
  view.classList.toggle('reply', !isMine);
}

// --- copying ---

// The text as it was written, and not as it is shown.
function offerCopy(view, words, text, onCopied) {
  const button = view.querySelector('.copy');
  button.hidden = isBlank(text);
  button.setAttribute('aria-label', words.copy);
  button.title = words.copy;
  button.onclick = (event) => {
    event.stopPropagation();
    copy(button, text, onCopied);
  };
  view.querySelector('.text').onclick = (event) => {
    const codeButton = event.target.closest('.copy-code');
    if (codeButton) {
      event.stopPropagation();
      copy(codeButton, codeButton.closest('.code').querySelector('code').textContent, onCopied);
    }
  };
}

async function copy(button, text, onCopied) {
  const isCopied = await copyText(button.ownerDocument, text);
  onCopied(isCopied);
  if (isCopied) {
    button.dataset.copied = '';
    setTimeout(() => delete button.dataset.copied, COPIED_MS);
  }
}

// --- deleting ---

function offerDelete(view, words, onDelete) {
  const button = view.querySelector('.back');
  const isOffered = onDelete !== null;
  if (button.hidden !== isOffered) {
    return;
  }
  button.hidden = !isOffered;
  button.textContent = words.delete;
  button.setAttribute('aria-describedby', view.querySelector('.text').id);
  button.onclick = (event) => {
    event.stopPropagation();
    askDelete(view, words, button, onDelete);
  };
}

// Asks in place, with the focus on the way out: what is done cannot be undone.
function askDelete(view, words, button, onDelete) {
  hideNote(view);
  const close = () => {
    hideNote(view);
    button.focus({ preventScroll: true });
  };
  const take = async () => {
    try {
      await onDelete();
    } catch (error) {
      if (!error.failure) {
        throw error;
      }
      hideNote(view);
      showNote(view, `${words.notDeleted} ${describeFailure(words, error.failure)}`, []);
      button.focus({ preventScroll: true });
    }
  };
  const note = showNote(view, words.deleteQuestion, [
    { name: 'yes', label: words.deleteYes, onClick: take },
    { name: 'no', label: words.deleteNo, onClick: close },
  ]);
  note.classList.add('question');
  note.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') {
      close();
    }
  });
  note.scrollIntoView({ block: 'nearest' });
  /** @type {HTMLElement} */ (note.querySelector('.no')).focus({ preventScroll: true });
}

function cloneTemplate(document, id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}
