// The field for the name by which the visitor is known in shared rooms. Driven by main.js.
//
// SPDX-License-Identifier: MIT

import { readPerson } from '../state/names.js';

/**
 * @param {Document} document
 * @param {object} options
 * @param {object} options.words from chooseWords
 * @param {object} options.storage from createStorage
 * @param {() => void} options.onDone Enter: the visitor goes on to the message
 */
export function createNickname(document, { words, storage, onDone }) {
  const line = document.getElementById('nickname-line');
  const input = /** @type {HTMLInputElement} */ (document.getElementById('nickname'));
  document.getElementById('nickname-label').textContent = words.nickname;
  input.value = storage.nickname();
  showFit();
  input.addEventListener('input', () => {
    storage.saveNickname(name());
    showFit();
  });
  // From now on as the others see it.
  input.addEventListener('change', () => { input.value = name(); });
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && !event.isComposing && event.keyCode !== 229) {
      event.preventDefault(); // not send what stands below
      onDone();
    }
  });

  function name() {
    return readPerson(input.value) ?? input.value.trim();
  }

  function showFit() {
    const isFit = input.value.trim() === '' || readPerson(input.value) !== null;
    input.setAttribute('aria-invalid', String(!isFit));
    input.title = isFit ? '' : words.failures.nameInvalid();
  }

  return {
    name,
    show: (isShown) => { line.hidden = !isShown; },

    /** The browser may have emptied the field. */
    restore() {
      if (input.value === '') {
        input.value = storage.nickname();
        showFit();
      }
    },
  };
}
