// The line below the field: what is going on, or what the visitor has just done in vain. Driven by
// main.js.
//
// SPDX-License-Identifier: MIT

// Most replies come sooner; to announce each of them would only be noise.
const DELAY_MS = 1000;

/**
 * @param {HTMLElement} element
 * @param {() => string} describe what is going on; "" for nothing
 */
export function createStatus(element, describe) {
  let note = '';
  let shown = ''; // what it says, or will in a moment
  let timer;

  function show() {
    const text = note || describe();
    if (text === shown) {
      return;
    }
    shown = text;
    clearTimeout(timer);
    if (text === '' || text === note || element.textContent !== '') {
      element.textContent = text;
    } else {
      timer = setTimeout(() => { element.textContent = shown; }, DELAY_MS);
    }
  }

  return {
    /** Something may have changed. */
    show,

    /** Says at once what was in vain, until it is called with "". */
    note(text) {
      note = text;
      show();
    },
  };
}
