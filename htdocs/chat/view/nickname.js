// The field for the name by which the visitor is known in shared rooms. Driven by main.js.
//
// SPDX-License-Identifier: MIT

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
  input.addEventListener('input', () => storage.saveNickname(input.value.trim()));
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && !event.isComposing && event.keyCode !== 229) {
      event.preventDefault(); // not send what stands below
      onDone();
    }
  });

  return {
    name: () => input.value.trim(),
    show: (isShown) => { line.hidden = !isShown; },
  };
}
