// Keeps the messages of the log in boxes of some dozens, so that what happens in one of them costs
// the same however many there are: the browser lays out one box anew (messages.css: .chunk). Used by
// log.js and days.js, which say what stands next to what as if there were no boxes.
//
// `content-visibility: auto` would save more, and must not be used: Chromium then leaves what is out
// of sight out of what it tells screen readers.
//
// SPDX-License-Identifier: MIT

const CHUNK_MAX = 32;

/** @param {Element} element of the log @returns {Element|null} the one before it */
export function before(element) {
  return element.previousElementSibling ??
    chunkOf(element).previousElementSibling?.lastElementChild ?? null;
}

/** @param {Element} element of the log @returns {Element|null} the one behind it */
export function behind(element) {
  return element.nextElementSibling ?? chunkOf(element).nextElementSibling?.firstElementChild ?? null;
}

/** Takes an element out of the log. @param {Element} element */
export function removeFrom(element) {
  const chunk = chunkOf(element);
  element.remove();
  if (chunk.childElementCount === 0) {
    chunk.remove();
  }
}

/** @param {HTMLElement} log what scrolls; the boxes come behind what else is in it */
export function createChunks(log) {
  function createChunk() {
    const chunk = log.ownerDocument.createElement('div');
    chunk.className = 'chunk';
    return chunk;
  }

  function append(element) {
    const last = log.lastElementChild;
    if (isChunk(last) && last.childElementCount < CHUNK_MAX) {
      last.append(element);
    } else {
      const chunk = createChunk();
      chunk.append(element);
      log.append(chunk);
    }
  }

  // A page of older messages comes one by one before the same one: these get chunks of their own.
  function insertBefore(element, reference) {
    const chunk = chunkOf(reference);
    const previous = chunk.previousElementSibling;
    if (reference.previousElementSibling) {
      if (chunk.childElementCount >= CHUNK_MAX) {
        moveBehind(chunk, reference);
        chunk.append(element);
      } else {
        reference.before(element);
      }
    } else if (isChunk(previous) && previous.childElementCount < CHUNK_MAX) {
      previous.append(element);
    } else {
      chunk.before(createChunk());
      chunk.previousElementSibling.append(element);
    }
  }

  // Makes a chunk of the element and of all that are behind it in its chunk.
  function moveBehind(chunk, element) {
    const { activeElement } = log.ownerDocument;
    const next = createChunk();
    const all = [...chunk.children];
    next.append(...all.slice(all.indexOf(element)));
    chunk.after(next);
    if (next.contains(activeElement)) {
      /** @type {HTMLElement} */ (activeElement).focus({ preventScroll: true });
    }
  }

  return {
    /** Puts an element before another one, or at the end. @param {Element|null} reference */
    insert(element, reference) {
      const chunk = element.isConnected ? chunkOf(element) : null;
      if (reference) {
        insertBefore(element, reference);
      } else {
        append(element);
      }
      if (chunk?.childElementCount === 0) {
        chunk.remove();
      }
    },
  };
}

function isChunk(element) {
  return element?.classList.contains('chunk') ?? false;
}

function chunkOf(element) {
  return element.parentElement;
}
