// Says how the page is connected, calmly: what passes within a moment is not worth a word, and a
// screen reader hears only of trouble and of its end. Driven by main.js.
//
// SPDX-License-Identifier: MIT

import { describeFailure } from '../words/words.js';

const PATIENCE_MS = 1500;
const GOOD = new Set(['live', 'polling', 'memoryless']);

/**
 * @param {HTMLElement} element role=status
 * @param {object} words from chooseWords
 * @returns {(state: string, detail: object) => void} shows a state of conversation.js
 */
export function createConnection(element, words) {
  let timer = null;
  let latest;
  let wasTrouble = false;

  function show(state, { way, failure }) {
    const isGood = GOOD.has(state);
    element.setAttribute('aria-live', isGood && !wasTrouble ? 'off' : 'polite');
    wasTrouble = !isGood && state !== 'connecting';
    element.dataset.state = state;
    element.dataset.way = way ?? '';
    const text = words.connection[state] ?? '';
    const whole = state === 'offline' ? `${text} ${describeFailure(words, failure)}` : text;
    if (element.textContent !== whole) {
      element.textContent = whole;
    }
  }

  return (state, detail) => {
    latest = [state, detail];
    // The browser knows at once that it is cut off.
    const isCertain = GOOD.has(state) || detail.failure?.kind === 'noNetwork';
    if (isCertain || wasTrouble) {
      clearTimeout(timer);
      timer = null;
      show(state, detail);
    } else {
      timer ??= setTimeout(() => show(...latest), PATIENCE_MS);
    }
  };
}
