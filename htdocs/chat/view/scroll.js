// Scrolling of the log: keeps a reader who is at the bottom there, and tells one who is not that
// there is more below. Used by log.js; must not know what the log holds.
//
// SPDX-License-Identifier: MIT

// Fractional pixels and zoom leave a reader at the bottom slightly above it.
const BOTTOM_SLACK_PX = 32;

/**
 * @param {HTMLElement} log what scrolls
 * @param {HTMLElement} newestButton shown while there is something new below, and leads there
 */
export function createScroll(log, newestButton) {
  let atBottom = true;
  let top = 0; // where the log was when it was last looked at

  function toBottom() {
    log.scrollTop = log.scrollHeight;
    top = log.scrollTop;
    atBottom = true;
    newestButton.hidden = true;
  }

  log.addEventListener('scroll', () => {
    const isUp = log.scrollTop < top;
    top = log.scrollTop;
    if (log.scrollHeight - top - log.clientHeight < BOTTOM_SLACK_PX) {
      atBottom = true;
      newestButton.hidden = true;
    } else if (isUp) {
      // Only a reader goes up. Where the log has grown or become less high since the event was
      // due, as Firefox and WebKit have it, the reader is where he was.
      atBottom = false;
    }
  }, { passive: true });

  newestButton.addEventListener('click', () => {
    toBottom();
    log.focus({ preventScroll: true });
  });

  // The input grows, the window turns, the keyboard of a phone opens.
  new ResizeObserver(() => {
    if (atBottom) {
      toBottom();
    }
  }).observe(log);

  return {
    /**
     * Something was added or has changed at the bottom.
     * @param {boolean} always goes there wherever the reader is
     * @param {boolean} [isNews] worth telling a reader who is not there
     */
    follow(always, isNews = false) {
      if (always || atBottom) {
        toBottom();
      } else if (isNews) {
        newestButton.hidden = false;
      }
    },

    /** What is in sight stays where it is while `change` adds something above. */
    hold(change) {
      const fromBottom = log.scrollHeight - log.scrollTop;
      change();
      log.scrollTop = log.scrollHeight - fromBottom;
      top = log.scrollTop;
    },
  };
}
