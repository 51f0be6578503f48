// Formats what messages say, by prose.js, which comes only when the page can be used already: with the reader of
// Markdown it is a quarter of the page. Until then a text is shown as it was written. Used by log.js and views.js.
//
// SPDX-License-Identifier: MIT

import { RetryPause } from '../net/retry.js';

let prose = null;
let isLoading = false;
const waiting = new Map(); // element -> function that shows its text

/**
 * Shows a text that people have written.
 * @param {HTMLElement} element gets the text in place of what is in it; nobody else changes that
 * @param {object} words from chooseWords
 * @param {string} text
 */
export function showPlain(element, words, text) {
  show(element, text, () => prose.showPlain(element, words, text));
}

/** Shows a reply. @see showPlain @param {boolean} isOpen more is to come */
export function showProse(element, words, text, isOpen) {
  show(element, text, () => prose.showProse(element, words, text, isOpen));
}

/** What there is to be read aloud of a reply. @param {string} text @returns {string} */
export function readAloud(text) {
  return prose ? prose.readAloud(text) : text;
}

/**
 * Loads what is missing, however long it takes. Called more than once, it loads once.
 * @param {() => void} onLoaded everything is shown as it should be
 */
export async function loadProse(onLoaded) {
  if (prose || isLoading) {
    return;
  }
  isLoading = true;
  for (const pause = new RetryPause(); !prose;) {
    try {
      prose = await import('./prose.js');
    } catch {
      await pause.after({ kind: 'unreachable', final: false, passing: true });
    }
  }
  waiting.forEach((format) => format());
  waiting.clear();
  onLoaded();
}

function show(element, text, format) {
  if (prose) {
    format();
    return;
  }
  waiting.set(element, format);
  if (element.textContent !== text) {
    element.textContent = text;
  }
}
