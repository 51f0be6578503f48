// Fits the page into what is left of the screen when a phone's keyboard is open. Browsers that
// shrink the page themselves (interactive-widget in index.html) need nothing of this; iOS does.
// Knows only the root element and the window.
//
// SPDX-License-Identifier: MIT

/**
 * From now on `--viewport-height` on the root element is the height that can be seen, in pixels.
 * @param {Window} window
 */
export function followViewport(window) {
  const viewport = window.visualViewport;
  if (!viewport) {
    return; // chat.css has a good value without it
  }

  function fit() {
    // Zooming in with two fingers also makes it smaller, and must not squeeze the page.
    if (Math.abs(viewport.scale - 1) > 0.01) {
      return;
    }
    const root = window.document.documentElement;
    root.style.setProperty('--viewport-height', `${viewport.height}px`);
    window.scrollTo(0, 0);
  }

  viewport.addEventListener('resize', fit);
  fit();
}
