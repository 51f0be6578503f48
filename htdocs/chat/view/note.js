// What is said below a message, and the buttons beside it: why it was not sent, whether to take it
// back, that a reply broke off. Used by views.js.
//
// SPDX-License-Identifier: MIT

/**
 * @typedef {object} NoteButton
 * @property {string} name its class
 * @property {string} label
 * @property {() => void} onClick
 * @property {boolean} [isBusy] it has been used, and what comes of that is awaited
 */

/**
 * Shows a note. Where there is one with the same buttons it is changed, so that a button is not
 * taken from under a finger, nor the focus from it.
 * @param {HTMLElement} view of a message
 * @param {string} text may be ""
 * @param {NoteButton[]} buttons
 * @returns {HTMLElement}
 */
export function showNote(view, text, buttons) {
  const names = buttons.map(({ name }) => name).join(' ');
  let note = findNote(view);
  if (note?.dataset.buttons !== names) {
    note?.remove();
    note = cloneNote(view);
    note.dataset.buttons = names;
    note.querySelector('.actions').append(...buttons.map(({ name }) => createButton(view, name)));
    view.append(note);
  }
  setText(note.querySelector('.reason'), text);
  for (const { name, label, onClick, isBusy = false } of buttons) {
    const button = note.querySelector(`.${name}`);
    setText(button, label);
    button.onclick = isBusy ? null : onClick;
    if (isBusy) {
      button.setAttribute('aria-disabled', 'true');
    } else {
      button.removeAttribute('aria-disabled');
    }
  }
  return note;
}

export function hideNote(view) {
  findNote(view)?.remove();
}

/** Text that is the same stays, so that nobody hears it again or loses a selection. */
export function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

function findNote(view) {
  return view.querySelector(':scope > .failure');
}

function cloneNote(view) {
  const template = view.ownerDocument.getElementById('note-template');
  const note = template.content.firstElementChild.cloneNode(true);
  note.addEventListener('click', (event) => event.stopPropagation());
  return note;
}

function createButton(view, name) {
  const button = view.ownerDocument.createElement('button');
  button.type = 'button';
  button.className = name;
  // There may be several of them: which message each one means.
  button.setAttribute('aria-describedby', view.querySelector('.text').id);
  return button;
}
