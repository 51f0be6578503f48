// Makes the elements of single messages from the templates in index.html. Used by log.js, which
// knows where they go. All text goes in as textContent, never as markup: what people and programs
// write must not become part of the page.
//
// SPDX-License-Identifier: MIT

import { describeFailure } from './words.js';

let textCount = 0;

/**
 * @param {Document} document
 * @param {object} words from chooseWords
 * @param {'mine'|'reply'} author
 * @param {string} text
 * @returns {HTMLElement} without its time: see showTime
 */
export function createMessageView(document, words, author, text) {
  const view = cloneTemplate(document, 'message-template');
  view.classList.add(author);
  view.querySelector('.who').textContent = author === 'mine' ? words.you : words.reply;
  const textElement = view.querySelector('.text');
  textElement.textContent = text;
  textElement.id = `text-${textCount += 1}`;
  return view;
}

/**
 * @param {HTMLElement} view of createMessageView
 * @param {string} locale a language tag
 * @param {Date} time
 */
export function showTime(view, locale, time) {
  const element = view.querySelector('.time');
  element.dateTime = time.toISOString();
  element.title = time.toLocaleString(locale, { dateStyle: 'full', timeStyle: 'medium' });
  element.textContent = time.toLocaleTimeString(locale, { timeStyle: 'short' });
}

/**
 * Adds to a message why it was not sent and what can be done; hideFailure takes it away.
 * @param {HTMLElement} view of createMessageView
 * @param {object} words from chooseWords
 * @param {import('./api.js').Failure} failure
 * @param {{onSendAgain: () => void, onEdit: () => void}} actions
 */
export function showFailure(view, words, failure, { onSendAgain, onEdit }) {
  const part = cloneTemplate(view.ownerDocument, 'failure-template');
  part.querySelector('.reason').textContent =
    `${words.notSent} ${describeFailure(words, failure)}`;
  const again = part.querySelector('.again');
  const edit = part.querySelector('.edit');
  again.textContent = words.sendAgain;
  again.addEventListener('click', onSendAgain);
  edit.textContent = words.edit;
  edit.addEventListener('click', onEdit);
  for (const button of [again, edit]) {
    // There may be several of them: which message each one means.
    button.setAttribute('aria-describedby', view.querySelector('.text').id);
  }
  if (failure.final) {
    again.remove();
  }
  view.append(part);
}

/** @param {HTMLElement} view of createMessageView */
export function hideFailure(view) {
  view.querySelector('.failure')?.remove();
}

function cloneTemplate(document, id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}
