// Wires the page up: it alone knows all the other modules, and they know as little as possible of
// each other. A message goes composer -> outbox -> api, and whatever becomes of it comes back
// through `showChange` into the log, the status line and the storage.
//
// SPDX-License-Identifier: MIT

import { createApi } from './api.js';
import { createComposer } from './composer.js';
import { createLog } from './log.js';
import { Outbox } from './outbox.js';
import { createStorage } from './storage.js';
import { followViewport } from './viewport.js';
import { chooseWords } from './words.js';

// Most replies come sooner; to announce each of them would only be noise.
const STATUS_DELAY_MS = 1000;

const language = chooseWords(navigator.languages);
const { words } = language;
const find = (id) => document.getElementById(id);

const address = document.querySelector('meta[name="plainchat-api"]').content;
const api = createApi(new URL(address, document.baseURI).href);
const storage = createStorage(location.pathname);
const kept = storage.load();
let isKept = true;
let statusTimer;

const log = createLog(document, language, {
  onSendAgain(message) {
    outbox.sendAgain(message);
    composer.focus(); // the button is gone
  },
  onEdit(message) {
    if (outbox.take(message)) {
      log.remove(message);
      composer.putBack(message.text);
    }
  },
});
const outbox = new Outbox({ say: api.say, onChange: showChange });
const composer = createComposer(find('composer'), {
  onSend: (text) => outbox.add(text),
  onInput: keep,
});

function showChange(message) {
  log.show(message);
  showStatus();
  keep();
}

function showStatus() {
  const status = find('status');
  clearTimeout(statusTimer);
  if (outbox.unsent().every(({ state }) => state === 'failed')) {
    status.textContent = '';
  } else if (status.textContent === '') {
    statusTimer = setTimeout(() => { status.textContent = words.waiting; }, STATUS_DELAY_MS);
  }
}

function keep() {
  isKept = storage.save({ draft: composer.text(), unsent: outbox.unsent() });
}

function showWords() {
  document.documentElement.lang = language.language;
  find('log').setAttribute('aria-label', words.logLabel);
  find('input-label').textContent = words.inputLabel;
  find('input').placeholder = words.placeholder;
  find('send').textContent = words.send;
  find('hint').textContent = words.hint;
  find('empty').textContent = words.empty;
  find('newest').textContent = words.newest;
}

// Asks only where leaving would lose something: mostly it is kept in the tab.
window.addEventListener('beforeunload', (event) => {
  if (!isKept) {
    event.preventDefault();
  }
});

followViewport(window);
showWords();
find('composer').hidden = false;
kept.unsent.forEach((message) => outbox.restore(message));
composer.setText(kept.draft);
composer.focus();
