// The words of what stands in index.html, in the visitor's language. Used by main.js.
//
// SPDX-License-Identifier: MIT

/**
 * @param {Document} document
 * @param {{language: string, words: object}} language from chooseWords
 */
export function showLabels(document, { language, words }) {
  /** @type {(id: string) => any} */
  const find = (id) => document.getElementById(id);
  document.documentElement.lang = language;
  find('log').setAttribute('aria-label', words.logLabel);
  find('input-label').textContent = words.inputLabel;
  find('input').placeholder = words.placeholder;
  find('send').textContent = words.send;
  find('hint').textContent = words.hint;
  find('newest').textContent = words.newest;
  find('empty').textContent = words.loading;
}
