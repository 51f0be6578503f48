// The input: a text field that grows, Enter and the Send button. Driven by main.js.
// Must not know what becomes of a text: it hands it over and is empty and ready for the next.
//
// SPDX-License-Identifier: MIT

import { isBlank } from '../state/names.js';

// What browsers say for a key that an input method has taken. Safari ends the composition before
// this event, so that isComposing alone would send a half-chosen word there.
const KEY_CODE_OF_INPUT_METHOD = 229;

// No configuration lets a message have more (message_bytes). A browser that had ten times as much
// in the field would take seconds for every key.
const BYTES_MAX = 128 * 1024;
// Higher than the field can grow, whatever letters it is made of: nothing needs to be measured.
const HIGH_LENGTH = 5000;

/**
 * @param {HTMLFormElement} form with one textarea and one submit button
 * @param {object} events
 * @param {(text: string) => void} events.onSend a text that is not blank, exactly as typed
 * @param {(text: string) => void} events.onInput after every change of the text
 * @param {() => boolean} events.onEscape true when there was something to be ended
 * @param {() => void} events.onTooLong something was to be put in with which the text would be longer
 *   than any message may be; it was not
 */
export function createComposer(form, { onSend, onInput, onEscape, onTooLong }) {
  const input = form.querySelector('textarea');
  const button = form.querySelector('[type=submit]');
  let composing = false;
  let lastText = '';

  function changed() {
    lastText = input.value;
    grow(input);
    onInput(input.value);
  }

  function setText(text) {
    input.value = text;
    changed();
  }

  function send() {
    if (composing) {
      // The Send button during a composition: leaving the field makes the input method hand over
      // its text now; else it would put it into the emptied field afterwards.
      input.blur();
    }
    input.focus({ preventScroll: true });
    const text = input.value;
    if (!isBlank(text)) {
      setText('');
      onSend(text);
    }
  }

  input.addEventListener('compositionstart', () => { composing = true; });
  input.addEventListener('compositionend', () => { composing = false; });
  input.addEventListener('beforeinput', (event) => {
    const added = event.data ?? event.dataTransfer?.getData('text/plain') ?? '';
    const { value, selectionStart, selectionEnd } = input;
    if (added !== '' &&
        isTooLong(value.slice(0, selectionStart) + added + value.slice(selectionEnd))) {
      event.preventDefault();
      onTooLong();
    }
  });
  input.addEventListener('input', () => {
    if (isTooLong(input.value)) {
      setText(lastText); // a browser that has not asked before
      onTooLong();
    } else {
      changed();
    }
  });
  input.addEventListener('keydown', (event) => {
    const taken = event.isComposing || event.keyCode === KEY_CODE_OF_INPUT_METHOD;
    if (event.key === 'Enter' && !event.shiftKey && !taken) {
      event.preventDefault();
      send();
    } else if (event.key === 'Escape' && !taken && onEscape()) {
      event.preventDefault();
    }
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    send();
  });
  // The focus stays in the field, and with it the keyboard of a phone on the screen.
  button.addEventListener('mousedown', (event) => event.preventDefault());

  return {
    setText,
    text: () => input.value,
    focus: () => input.focus({ preventScroll: true }),

    /** Puts a text back for editing, below what stands there already. */
    putBack(text) {
      setText(isBlank(input.value) ? text : `${input.value}\n${text}`);
      input.focus({ preventScroll: true });
      input.setSelectionRange(input.value.length, input.value.length);
    },
  };
}

// As high as its text; chat.css sets the limit, beyond which it scrolls.
function grow(input) {
  if (input.value.length > HIGH_LENGTH) {
    input.style.height = '100vh';
    return;
  }
  input.style.height = 'auto';
  const borders = input.offsetHeight - input.clientHeight;
  input.style.height = `${input.scrollHeight + borders}px`;
}

// A UTF-16 unit is one to three bytes.
function isTooLong(text) {
  return text.length > BYTES_MAX ||
    text.length * 3 > BYTES_MAX && new TextEncoder().encode(text).length > BYTES_MAX;
}
