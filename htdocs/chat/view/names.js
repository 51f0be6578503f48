// Who has said something: names as people see and hear them. A nickname is chosen by anybody, and
// comes from the server with a tilde; a name without one was checked by the web server. The two
// must not be mistaken for each other, whatever letters a nickname is made of: the first is in
// italics and called a guest's, the second has a badge, which is no letter. Used by views.js.
//
// SPDX-License-Identifier: MIT

/**
 * @param {string} name as the server has it
 * @returns {{text: string, isChecked: boolean}} without the tilde
 */
export function readName(name) {
  return name.startsWith('~')
    ? { text: name.slice(1), isChecked: false }
    : { text: name, isChecked: name !== '' };
}

/**
 * @param {HTMLElement} element filled; "unseen" (for screen readers only) where the side on which
 *   the message stands says it
 * @param {object} words from chooseWords
 * @param {{role?: string, name: string}} author
 * @param {{isMine: boolean, hasNames?: boolean}} options
 */
export function showAuthor(element, words, { role = 'user', name }, { isMine, hasNames = false }) {
  const isReply = role === 'assistant';
  element.classList.toggle('unseen', isMine || !hasNames);
  if (isMine || !hasNames) {
    fill(element, [isMine ? words.you : words.reply]);
    return;
  }
  if (isReply && name === '') {
    fill(element, [words.automaticReply]);
    return;
  }
  const document = element.ownerDocument;
  const { text, isChecked } = readName(name);
  const shown = document.createElement('bdi'); // its direction is its own
  shown.className = isChecked ? 'checked' : 'nickname';
  shown.textContent = text || words.nobody;
  const mark = document.createElement('span');
  if (isChecked && !isReply) {
    mark.className = 'badge';
    mark.setAttribute('role', 'img');
    mark.setAttribute('aria-label', words.isChecked);
    mark.title = words.isChecked;
  } else {
    mark.className = 'guest';
    mark.textContent = isReply ? words.automatic : words.guest;
  }
  fill(element, [shown, ' ', mark]);
}

// What is as it should be stays: a message that grows is shown many times.
function fill(element, children) {
  const filled = element.cloneNode(false);
  filled.append(...children);
  if (!filled.isEqualNode(element)) {
    element.replaceChildren(...filled.childNodes);
  }
}
