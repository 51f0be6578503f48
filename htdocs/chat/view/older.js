// Leads back to older messages: by scrolling to the top, or by a button there, for the keyboard and
// screen readers. Driven by main.js; must not know where the messages come from.
//
// SPDX-License-Identifier: MIT

const NEAR_PX = 240;
// After a page that could not be read, scrolling does not ask again for so long; the button does.
const PAUSE_MS = 5000;

/**
 * @param {HTMLElement} log what scrolls
 * @param {HTMLButtonElement} button
 * @param {object} options
 * @param {object} options.words from chooseWords
 * @param {() => boolean} options.hasOlder
 * @param {() => Promise<void>} options.load reads a page and shows it; throws an error with a
 *   `failure`
 * @param {(failure: object|null) => string} options.describe a failure in words
 */
export function createOlder(log, button, { words, hasOlder, load, describe }) {
  let isLoading = false;
  let notBefore = 0;

  async function loadPage() {
    if (isLoading || !hasOlder()) {
      return;
    }
    isLoading = true;
    button.textContent = words.olderLoading;
    button.setAttribute('aria-busy', 'true');
    try {
      await load();
      button.textContent = words.older;
    } catch (error) {
      if (!error.failure) {
        throw error;
      }
      notBefore = performance.now() + PAUSE_MS;
      button.textContent = `${words.older} (${describe(error.failure)})`;
    } finally {
      isLoading = false;
      button.removeAttribute('aria-busy');
      show();
    }
  }

  function show() {
    const hadFocus = button === button.ownerDocument.activeElement;
    button.hidden = !hasOlder();
    if (hadFocus && button.hidden) {
      log.focus({ preventScroll: true });
    }
  }

  function loadNearTop() {
    if (log.scrollTop < NEAR_PX && performance.now() >= notBefore) {
      loadPage();
    }
  }

  button.textContent = words.older;
  button.addEventListener('click', loadPage);
  log.addEventListener('scroll', loadNearTop, { passive: true });

  return { show };
}
