// What screen readers are told of a reply that grows: nothing while it does, and then all of it,
// once. A live region would read out every part. `aria-busy` alone is not heeded by all of them,
// and the message itself does not change at its end; so it is silent, and a line that nobody sees
// says what has become of it. Driven by log.js.
//
// SPDX-License-Identifier: MIT

// By then a screen reader has looked at what changed at the end.
const SILENT_MS = 1000;
// The line is gone again before somebody finds it by going through the page.
const TOLD_MS = 10_000;

/** @param {HTMLElement} line role=status, unseen */
export function createSpeech(line) {
  let timer;

  function tell(text) {
    line.textContent = text;
    clearTimeout(timer);
    timer = setTimeout(() => line.replaceChildren(), TOLD_MS);
  }

  return {
    tell,

    /** The message is growing. */
    hush(view) {
      view.setAttribute('aria-busy', 'true');
      view.setAttribute('aria-live', 'off');
    },

    /** The message grows no more. @param {() => string} describe what it has become */
    end(view, describe) {
      if (view.getAttribute('aria-busy') === 'true') {
        view.removeAttribute('aria-busy');
        tell(describe());
        setTimeout(() => {
          if (!view.hasAttribute('aria-busy')) {
            view.removeAttribute('aria-live');
          }
        }, SILENT_MS);
      }
    },
  };
}
