// Wires the page up: it alone knows all the other modules, and they know as little as possible of
// each other. A message goes composer -> outbox -> api, and comes back as the answer or as an event
// of conversation.js, whichever is first, into the log.
//
// SPDX-License-Identifier: MIT

import { createApi } from './net/api.js';
import { createBranding } from './view/branding.js';
import { Claims } from './state/claims.js';
import { createComposer } from './view/composer.js';
import { createConnection } from './view/connection.js';
import { Conversation } from './state/conversation.js';
import { createDirectory } from './view/directory.js';
import { showLabels } from './view/labels.js';
import { createLog } from './view/log.js';
import { readRoom } from './state/names.js';
import { createNickname } from './view/nickname.js';
import { createNotice, isWithinAnotherSite } from './view/notice.js';
import { createOlder } from './view/older.js';
import { Outbox } from './state/outbox.js';
import { Replies } from './state/replies.js';
import { createStorage } from './state/storage.js';
import { createStatus } from './view/status.js';
import { createTitle } from './view/title.js';
import { followViewport } from './view/viewport.js';
import { chooseWords, describeFailure } from './words/words.js';

// What fails sooner has hardly reached a program that answers.
const HARDLY_BEGUN_MS = 5000;

const language = chooseWords(navigator.languages);
const { words } = language;
/** @type {(id: string) => any} */
const find = (id) => document.getElementById(id);

const roomAsked = new URLSearchParams(location.search).get('room') ?? '';
const roomName = readRoom(roomAsked) ?? roomAsked;
const isPrivate = roomName === '';
const { href: address } = new URL(document.querySelector('meta[name="plainchat-api"]')
  .getAttribute('content'), document.baseURI);
const sharedName = `plainchat ${address} ${roomName}`;
const api = createApi(address, roomName, meetVisitor);
const storage = createStorage(location.pathname, roomName);
const claims = new Claims();
const title = createTitle(document, roomName);
const showConnection = createConnection(find('connection'), words);
const statusLine = createStatus(find('status'), describeStatus);
let isDraftKept = true;
let lastState;
let isEmptyExplained = false; // by the greeting, or why there is nothing
let isKept = true; // the program keeps messages
let isStranger = false; // the server does not know the visitor again

const log = createLog(document, language, {
  hasNames: !isPrivate,
  isMine: (message) => isOwn(message) || claims.has(message.seq),
  mayDelete: (message) => !isStranger && isOwn(message) && Number.isInteger(message.seq),
  async onDelete({ seq }) {
    await api.delete(seq);
    showIfAny(conversation.room.erase(seq));
  },
  remedyFor: (message) => replies.remedyFor(message),
  onFocusLost: () => composer.focus(),
  onSendAgain(entry) {
    outbox.sendAgain(entry);
    composer.focus(); // the button is gone
  },
  async onEdit(entry) {
    if (await outbox.take(entry)) {
      forget(entry);
      composer.putBack(entry.text);
    }
  },
});
const notice = createNotice(find('notice'), words);
const branding = createBranding(document, {
  storage,
  load: api.settings,
  onChange({ name }) {
    title.call({ chatName: name });
    if (isEmptyExplained) {
      explainEmpty();
    }
  },
});
const older = createOlder(find('log'), find('older'), {
  words,
  hasOlder: () => conversation.room.hasOlder,
  load: async () => log.prepend(await conversation.loadOlder(), () => older.show()),
  describe: (failure) => describeFailure(words, failure),
});
const conversation = new Conversation({
  api,
  name: () => `${sharedName} ${storage.visitor()}`,
  isPrivate,
  onPage: showPage,
  onMessage: showMessage,
  onState: showState,
  onStranger: beStranger,
  onTold({ own }) {
    if (own !== undefined) {
      storage.hearOwn(own);
      showIfAny(conversation.room.find(own));
    }
  },
});
const replies = new Replies({
  room: () => conversation.room,
  stop: api.stop,
  regenerate: api.regenerate,
  goOn: () => outbox.add(words.goOnMessage, isPrivate ? '' : nickname.name(),
    conversation.room.cursor),
  isForMe: ({ ref }) => isPrivate ||
    storage.isOwn(conversation.room.find(ref) ?? { seq: ref }),
  onChange: showMessage,
  onAnswer(answer) {
    replies.take(answer);
    conversation.nudge();
  },
});
const outbox = new Outbox({
  storage,
  lock: `${sharedName} unsent`,
  post,
  mayRepeat,
  onChange: showEntry,
  onGone: forget,
});
const composer = createComposer(find('composer'), {
  onSend: (text) => outbox.add(text, isPrivate ? '' : nickname.name(), conversation.room.cursor),
  onInput(text) {
    isDraftKept = storage.saveDraft(text) || text.trim() === '';
    statusLine.note('');
  },
  onTooLong: () => statusLine.note(words.inputTooLong),
  onEscape: () => replies.stopCurrent(),
});
const nickname = createNickname(document, { words, storage, onDone: () => composer.focus() });
const directory = createDirectory(find('rooms'), {
  words, room: roomName, page: new URL(location.pathname, location.href).href,
});

// Who the visitor is, with each answer. Another one than before, who has signed in or out, gets
// nothing of what is shown or waits here: the page begins anew, and nothing goes on until then.
async function meetVisitor(visitor) {
  if (storage.meet(visitor)) {
    location.reload();
    await new Promise(() => {});
  }
}

// --- what the server has ---

function isOwn(message) {
  return message.role === 'user' && (isPrivate || storage.isOwn(message));
}

function showPage(isFirst) {
  const messages = conversation.room.messages();
  claims.clear();
  messages.forEach(storage.dateOwn);
  explainEmpty();
  older.show();
  log.replace(messages);
  messages.forEach(showClaimed); // sent in an earlier visit that did not see the answer
  statusLine.show();
  if (isFirst) {
    outbox.open();
    showRooms(true);
  }
}

function showMessage(message, isNew = false) {
  storage.dateOwn(message);
  const isClaimed = showClaimed(message);
  if (!isClaimed) {
    log.show(message);
  }
  if (message.role === 'assistant' && Number.isInteger(message.seq)) {
    showReplyNews(message);
  }
  if (isNew && !isClaimed && !isOwn(message)) {
    title.count();
  }
  if (isOwn(message) && !isPrivate && message.name !== '' && !message.name.startsWith('~')) {
    nickname.show(false); // the web server knows who this is
  }
}

// What a reply changes elsewhere: there need not be another one to the same message.
function showReplyNews({ seq, ref }) {
  const others = conversation.room.repliesTo(ref).filter((other) => other.seq < seq);
  others.forEach((other) => log.show(other));
  statusLine.show();
}

// Shows a message that is on its way from here, as far as can be guessed. True when it is.
function showClaimed(message) {
  const isKnown = !isPrivate && isOwn(message);
  const entry = isKnown ? undefined : claims.claim(message, outbox.unsent());
  if (entry) {
    log.show(message, entry);
    if (entry.state === 'failed') {
      settleByGuess(entry);
    }
  }
  return entry !== undefined;
}

async function post(entry) {
  // The cookie may have gone meanwhile: the server would not know that it is the same message.
  if (isKept && !isStranger && entry.failure && !await api.introduce()) {
    beStranger();
  }
  return api.post(entry, isKept);
}

// Once more by itself: always where the server knows a message again by its key. Where it does not,
// a program must not be asked the same question for ever, nor a room read it twice.
/** @param {import('./net/api.js').Failure} failure @param {number} tookMs */
function mayRepeat({ kind, status, code }, tookMs) {
  if (isKept && !isStranger) {
    return true;
  }
  return isPrivate ? kind !== 'timeout' && status !== 504 && tookMs < HARDLY_BEGUN_MS
    : code !== undefined;
}

function showEntry(entry, answer) {
  if (answer) {
    settle(entry, answer);
  } else if (claims.seqOf(entry) === undefined) {
    log.showEntry(entry);
  } else if (entry.state === 'failed' && isStranger) {
    settleByGuess(entry);
  }
  if (entry.failure && entry.state === 'waiting') {
    conversation.nudge(); // it may be offline
  }
  statusLine.show();
}

// The message is with the server: it stands where its number says, if that is known.
function settle(entry, answer) {
  const { reply, seq, state } = answer;
  const { room } = conversation;
  const guess = claims.seqOf(entry);
  claims.release(entry);
  const posted = { role: 'user', text: entry.text, name: entry.name && `~${entry.name}`,
    time: seq ? new Date() : entry.time };
  if (seq === undefined) {
    log.show(room.addLocal(posted), entry);
    const replied = room.addLocal({ role: 'assistant', text: reply, state, time: new Date() });
    log.show(replied);
    followReply(replied, answer);
    return;
  }
  // What is here under that number is another message where the store was exchanged just now.
  const known = room.find(seq);
  noteOwn(seq, known?.text === entry.text ? known.time : undefined);
  conversation.tell({ own: seq });
  conversation.expect(seq, entry.text);
  const message = room.addAnswered({ ...posted, seq }) ?? room.find(seq);
  if (guess !== undefined && guess !== seq) {
    log.show(room.find(guess)); // somebody else's after all
  }
  if (message) {
    log.show(message, guess === undefined ? entry : undefined);
  } else {
    log.removeEntry(entry);
  }
  replies.take({ ...answer, ref: seq });
  conversation.nudge();
}

// No answer will tell, and the message is there as it was sent.
async function settleByGuess(entry) {
  noteOwn(claims.seqOf(entry), conversation.room.find(claims.seqOf(entry))?.time);
  claims.release(entry);
  await outbox.take(entry);
  statusLine.show();
}

// Nothing is kept: the reply comes with the answer, and nowhere else.
async function followReply(message, { follow }) {
  if (follow) {
    const grow = (text) => log.show(Object.assign(message, { text }));
    const end = await follow(grow);
    log.show(Object.assign(message, end));
  }
  statusLine.show();
}

// Only now is it known that the message is the visitor's.
function noteOwn(seq, time) {
  storage.addOwn(seq, time);
  showIfAny(conversation.room.find(seq));
}

function showIfAny(message) {
  if (message) {
    log.show(message);
  }
}

// Not here any more: taken back into the input, or sent by another tab.
function forget(entry) {
  claims.release(entry);
  log.removeEntry(entry);
  statusLine.show();
}

// --- how things are ---

function describeStatus() {
  if (outbox.unsent().some(({ state }) => state === 'sending')) {
    return isPrivate ? words.waiting : words.sending;
  }
  if (replies.current()) {
    return matchMedia('(hover: hover)').matches ? words.replyingWithKeys : words.replying;
  }
  return '';
}

function showState(state, detail) {
  const isTrouble = state === 'offline' || state === 'connecting';
  showConnection(state, detail);
  isKept = state !== 'memoryless' && !(isStranger && isPrivate);
  if (!isKept) {
    explainEmpty();
    outbox.open();
  } else if (state === 'refused') {
    isEmptyExplained = false;
    log.explain(isPrivate ? words.noWayIn : words.noSuchRoom(roomName));
    find('composer').hidden = true;
    showRooms(false);
  } else if (!isTrouble && state !== lastState) {
    // Only on a change: else requests that succeed would make those that fail a storm.
    outbox.wake();
  }
  if (!isTrouble) {
    branding.load();
  }
  lastState = state;
}

function beStranger() {
  isStranger = true;
  isKept = isKept && !isPrivate;
  notice.show(words.stranger(isPrivate, isWithinAnotherSite()), isWithinAnotherSite());
}

async function showRooms(isIn) {
  try {
    const choice = await api.rooms();
    directory.show({ ...choice, isIn });
    title.call({ roomName: choice.rooms.find(({ name }) => name === roomName)?.title });
  } catch (error) {
    if (!error.failure) {
      throw error;
    }
  } // without the list the room is as good as with it
}

function explainEmpty() {
  isEmptyExplained = true;
  log.explain(branding.greeting() || words.empty);
}

// Asks only where leaving would lose something: mostly the browser keeps it.
window.addEventListener('beforeunload', (event) => {
  if (!isDraftKept || outbox.unsent().some((entry) => !entry.isKept)) {
    event.preventDefault();
  }
});

// Some browsers empty a form when they show a page again that they had put aside.
window.addEventListener('pageshow', ({ persisted }) => {
  if (persisted) {
    nickname.restore();
    if (composer.text() === '') {
      composer.setText(storage.draft());
    }
  }
});

followViewport(window);
showLabels(document, language);
showConnection('connecting', {});
if (!storage.works()) {
  notice.show(words.nothingKept);
}
find('composer').hidden = false;
nickname.show(!isPrivate);
outbox.restore();
composer.setText(storage.draft());
composer.focus();
conversation.start();
document.documentElement.dataset.started = ''; // for chat.css
