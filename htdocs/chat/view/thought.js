// Shows what a model thinks before it replies: that it does, and for how long, while it lasts;
// afterwards it is folded away. Used by views.js.
//
// SPDX-License-Identifier: MIT

import { setText } from './note.js';

const TICK_MS = 1000;

/** @type {WeakMap<HTMLElement, {timer: number, thoughtMs: number, startedAt: number}>} */
const clocks = new WeakMap();

/**
 * @param {HTMLElement} view of a message
 * @param {object} words
 * @param {import('../state/room.js').Message} message
 */
export function showThought(view, words, { thought, thoughtMs, text, state }) {
  const element = /** @type {HTMLElement} */ (view.querySelector('.thought'));
  const isThinking = state === 'streaming' && thought !== '' && text === '';
  view.classList.toggle('thinking', isThinking);
  element.hidden = thought === '';
  setText(element.querySelector('.thought-text'), thought.trim());
  if (isThinking) {
    startClock(view, words, thoughtMs);
  } else {
    stopClock(view);
    setText(element.querySelector('summary'), words.thought(seconds(thoughtMs)));
  }
}

// The server says for how long until now; what has passed since then is counted here.
function startClock(view, words, thoughtMs) {
  const known = clocks.get(view);
  if (known?.thoughtMs === thoughtMs) {
    return;
  }
  stopClock(view);
  const startedAt = performance.now();
  const show = () => {
    if (!view.isConnected && performance.now() - startedAt > TICK_MS / 2) {
      stopClock(view);
      return;
    }
    const ms = thoughtMs + performance.now() - startedAt;
    setText(view.querySelector('.thought summary'), words.thinking(seconds(ms)));
  };
  clocks.set(view, { timer: window.setInterval(show, TICK_MS), thoughtMs, startedAt });
  show();
}

function stopClock(view) {
  window.clearInterval(clocks.get(view)?.timer);
  clocks.delete(view);
}

function seconds(ms) {
  return Math.max(1, Math.round(ms / 1000));
}
