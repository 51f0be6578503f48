// Says once what does not work here, and why. Driven by main.js.
//
// SPDX-License-Identifier: MIT

/**
 * @param {HTMLElement} element hidden until there is something to be said
 * @param {object} words from chooseWords
 */
export function createNotice(element, words) {
  const document = element.ownerDocument;

  function createLink() {
    const link = document.createElement('a');
    link.href = document.location.href;
    link.target = '_blank';
    link.rel = 'noopener';
    link.textContent = words.openAlone;
    return link;
  }

  function createClose() {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = words.close;
    button.onclick = () => { element.hidden = true; };
    return button;
  }

  return {
    /** @param {string} text @param {boolean} [isBetterAlone] in a window of its own it works */
    show(text, isBetterAlone = false) {
      const parts = [text, ...(isBetterAlone ? [createLink()] : []), createClose()];
      element.replaceChildren(...parts.flatMap((part) => [part, ' ']));
      element.hidden = false;
    },
  };
}

/** Whether the page is shown within one of another site. */
export function isWithinAnotherSite() {
  try {
    return window.top.location.origin !== location.origin;
  } catch {
    return true;
  }
}
