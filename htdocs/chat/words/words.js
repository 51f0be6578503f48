// Every word that the page says, in English and Korean, and the choice between them.
// Used by main.js and views.js. Knows nothing of the document, of HTTP or of storage: it gets
// values and gives text. To add a language, add one table below.
//
// SPDX-License-Identifier: MIT

const ENGLISH = {
  logLabel: 'Messages',
  inputLabel: 'Message',
  placeholder: 'Write a message',
  send: 'Send',
  hint: 'Enter sends, Shift+Enter makes a new line.',
  empty: 'Nothing has been said yet.',
  you: 'You:',
  reply: 'Reply:',
  nobody: 'Somebody',
  guest: 'guest',
  automatic: 'automatic',
  automaticReply: 'Automatic reply',
  isChecked: 'signed in',
  nickname: 'Your name here',
  rooms: 'Rooms',
  privateRoom: 'Private',
  waiting: 'Waiting for the reply…',
  replying: 'The reply is being written…',
  replyingWithKeys: 'The reply is being written… Esc stops it.',
  sending: 'Sending…',
  inputTooLong: 'That is more than one message can hold. It was not put in.',
  newest: 'New messages',
  older: 'Older messages',
  olderLoading: 'Older messages are being read…',
  notSent: 'Not sent.',
  notSentYet: 'Not sent yet, will be tried again.',
  sendAgain: 'Send again',
  sendNow: 'Send now',
  edit: 'Edit',
  replyBroken: 'The reply broke off.',
  replyNone: 'There is no reply.',
  replyStopped: 'The reply was stopped.',
  replyCut: 'The reply was cut at its limit.',
  goOn: 'Go on',
  goOnMessage: 'Please go on where you stopped.',
  reasons: {
    unreachable: 'Whoever answers here cannot be reached at the moment.',
    busy: 'There is too much to do at the moment. Try again in a while.',
    too_long: 'The conversation is too long for whoever answers here. A shorter message may work.',
  },
  thinking: (seconds) => `Thinking ${seconds} s`,
  thought: (seconds) => `Thought for ${seconds} s`,
  replyEmpty: 'The reply is empty.',
  queued: (count) => (count === 1
    ? 'Waiting for one other reply.' : `Waiting for ${count} other replies.`),
  stop: 'Stop',
  stopping: 'Stopping…',
  notStopped: 'Not stopped.',
  tryAgain: 'Try again',
  tryingAgain: 'Trying again…',
  notTriedAgain: 'Not tried again.',
  copy: 'Copy the message',
  copyCode: 'Copy',
  copied: 'Copied.',
  notCopied: 'Not copied: the browser does not allow it.',
  delete: 'Delete',
  deleteQuestion: 'Delete this message for everybody?',
  deleteYes: 'Delete',
  deleteNo: 'Keep',
  deleted: 'This message was deleted.',
  notDeleted: 'Not deleted.',
  loading: 'The messages are being read…',
  noSuchRoom: (room) => `There is no room “${room}” that you may enter.`,
  noWayIn: 'You may not enter here.',
  stranger: (isPrivate, isFramed) => [
    isFramed ? 'This page is shown within another site, and the browser gives it no cookies there.'
      : 'This browser gives this page no cookies.',
    isPrivate ? 'So each message is answered for itself, and nothing of it is kept.'
      : 'So you can read and write here, but not delete what you have written.',
  ].join(' '),
  openAlone: 'Open it in a window of its own',
  nothingKept: 'This browser keeps nothing for this page: what is not sent yet is lost when you ' +
    'leave it.',
  close: 'Close',
  connection: {
    connecting: 'Connecting…',
    live: 'Live',
    polling: 'Updated every few seconds',
    offline: 'Offline.',
  },
  failures: {
    unreachable: () => 'The server cannot be reached.',
    noNetwork: () => 'This device has no network.',
    timeout: ({ seconds }) => `No answer came within ${seconds} seconds.`,
    garbage: () => 'The server’s answer could not be understood.',
    unsendable: ({ character, before }) => (before
      ? `It has a character that cannot be sent: ${character}, behind “${before}”.`
      : `It begins with a character that cannot be sent: ${character}.`),
    tooLarge: () => 'The message is too long.',
    blank: () => 'The message is blank.',
    invalid: () => 'The server does not accept this message.',
    forbidden: () => 'You may not do that here.',
    nameInvalid: () => 'This name cannot be used.',
    noRoom: () => 'This room is not there any more.',
    gone: () => 'This message is not there any more.',
    store: () => 'The server cannot keep messages at the moment.',
    uncertain: () => 'The server does not know whether it has done that.',
    storeFull: () => 'The server has no room for further messages.',
    notFound: () => 'There is no chat at the address that this page was given.',
    replyFailed: () => 'The server could not make a reply.',
    tooManyReplies: ({ retryAfter }) => (retryAfter
      ? `Too many replies are being made. The server asks to wait ${retryAfter} s.`
      : 'Too many replies are being made.'),
    replyUnderWay: () => 'A reply to this message is being made already.',
    busy: ({ retryAfter }) => (retryAfter
      ? `The server is busy. It asks to wait ${retryAfter} s.`
      : 'The server is busy.'),
    server: ({ status }) => `The server has a fault (${status}).`,
  },
};

const KOREAN = {
  logLabel: '대화',
  inputLabel: '메시지',
  placeholder: '메시지를 입력하세요',
  send: '보내기',
  hint: 'Enter로 보내고, Shift+Enter로 줄을 바꿉니다.',
  empty: '아직 나눈 이야기가 없습니다.',
  you: '나:',
  reply: '답장:',
  nobody: '누군가',
  guest: '손님',
  automatic: '자동 응답',
  automaticReply: '자동 응답',
  isChecked: '로그인한 사용자',
  nickname: '여기서 쓸 이름',
  rooms: '대화방',
  privateRoom: '나만의 대화',
  waiting: '답장을 기다리는 중…',
  replying: '답장을 쓰는 중…',
  replyingWithKeys: '답장을 쓰는 중… Esc로 중지합니다.',
  sending: '보내는 중…',
  inputTooLong: '메시지 하나에 담을 수 없을 만큼 길어서 넣지 않았습니다.',
  newest: '새 메시지',
  older: '이전 메시지',
  olderLoading: '이전 메시지를 읽는 중…',
  notSent: '보내지 못했습니다.',
  notSentYet: '아직 보내지 못했으며 다시 시도합니다.',
  sendAgain: '다시 보내기',
  sendNow: '지금 보내기',
  edit: '고치기',
  replyBroken: '답장이 도중에 끊겼습니다.',
  replyNone: '답장을 받지 못했습니다.',
  replyStopped: '답장이 중지되었습니다.',
  replyCut: '답장이 길이 제한에서 잘렸습니다.',
  goOn: '이어서 계속',
  goOnMessage: '멈춘 곳부터 이어서 계속해 주세요.',
  reasons: {
    unreachable: '지금은 답하는 쪽에 연결할 수 없습니다.',
    busy: '지금은 할 일이 너무 많습니다. 잠시 뒤에 다시 시도해 주세요.',
    too_long: '대화가 답하는 쪽이 처리하기에는 너무 깁니다. 더 짧게 써 보세요.',
  },
  thinking: (seconds) => `생각하는 중 ${seconds}초`,
  thought: (seconds) => `${seconds}초 동안 생각함`,
  replyEmpty: '답장에 내용이 없습니다.',
  queued: (count) => `다른 답장 ${count}개를 기다리는 중입니다.`,
  stop: '중지',
  stopping: '중지하는 중…',
  notStopped: '중지하지 못했습니다.',
  tryAgain: '다시 시도',
  tryingAgain: '다시 시도하는 중…',
  notTriedAgain: '다시 시도하지 못했습니다.',
  copy: '메시지 복사',
  copyCode: '복사',
  copied: '복사했습니다.',
  notCopied: '복사하지 못했습니다. 브라우저가 허용하지 않습니다.',
  delete: '삭제',
  deleteQuestion: '이 메시지를 모두에게서 삭제할까요?',
  deleteYes: '삭제',
  deleteNo: '그대로 두기',
  deleted: '삭제된 메시지입니다.',
  notDeleted: '삭제하지 못했습니다.',
  loading: '메시지를 읽는 중…',
  noSuchRoom: (room) => `들어갈 수 있는 “${room}” 대화방이 없습니다.`,
  noWayIn: '여기에는 들어올 수 없습니다.',
  stranger: (isPrivate, isFramed) => [
    isFramed ? '이 페이지가 다른 사이트 안에 표시되어 브라우저가 쿠키를 허용하지 않습니다.'
      : '이 브라우저가 이 페이지에 쿠키를 허용하지 않습니다.',
    isPrivate ? '그래서 메시지마다 따로 답하며, 대화는 보관되지 않습니다.'
      : '그래서 읽고 쓸 수는 있지만, 쓴 것을 삭제할 수는 없습니다.',
  ].join(' '),
  openAlone: '새 창에서 열기',
  nothingKept: '이 브라우저는 이 페이지를 위해 아무것도 보관하지 않습니다. 아직 보내지 않은 것은 페이지를 떠나면 사라집니다.',
  close: '닫기',
  connection: {
    connecting: '연결하는 중…',
    live: '실시간',
    polling: '몇 초마다 새로 고침',
    offline: '오프라인.',
  },
  failures: {
    unreachable: () => '서버에 연결할 수 없습니다.',
    noNetwork: () => '이 기기가 네트워크에 연결되어 있지 않습니다.',
    timeout: ({ seconds }) => `${seconds}초 안에 응답이 오지 않았습니다.`,
    garbage: () => '서버의 응답을 이해할 수 없습니다.',
    unsendable: ({ character, before }) => (before
      ? `보낼 수 없는 문자가 “${before}” 뒤에 있습니다: ${character}.`
      : `보낼 수 없는 문자로 시작합니다: ${character}.`),
    tooLarge: () => '메시지가 너무 깁니다.',
    blank: () => '메시지가 비어 있습니다.',
    invalid: () => '서버가 이 메시지를 받지 않습니다.',
    forbidden: () => '여기에서는 그렇게 할 권한이 없습니다.',
    nameInvalid: () => '이 이름은 쓸 수 없습니다.',
    noRoom: () => '이 대화방은 이제 없습니다.',
    gone: () => '이 메시지는 이제 없습니다.',
    store: () => '지금은 서버가 메시지를 보관할 수 없습니다.',
    uncertain: () => '서버가 처리했는지 알 수 없습니다.',
    storeFull: () => '서버에 메시지를 더 보관할 공간이 없습니다.',
    notFound: () => '이 페이지에 설정된 주소에 채팅이 없습니다.',
    replyFailed: () => '서버가 답장을 만들지 못했습니다.',
    tooManyReplies: ({ retryAfter }) => (retryAfter
      ? `만들고 있는 답장이 너무 많습니다. 서버가 ${retryAfter}초 기다려 달라고 합니다.`
      : '만들고 있는 답장이 너무 많습니다.'),
    replyUnderWay: () => '이 메시지의 답장을 이미 만들고 있습니다.',
    busy: ({ retryAfter }) => (retryAfter
      ? `서버가 바쁩니다. ${retryAfter}초 기다려 달라고 합니다.`
      : '서버가 바쁩니다.'),
    server: ({ status }) => `서버에 문제가 있습니다(${status}).`,
  },
};

const LANGUAGES = { en: ENGLISH, ko: KOREAN };

// The stable codes of the API's problem documents. A status stands in where the code is unknown or
// where something in front of the program (the web server, a proxy) has answered.
const BY_CODE = {
  message_too_large: 'tooLarge',
  body_too_large: 'tooLarge',
  message_blank: 'blank',
  reply_failed: 'replyFailed',
  reply_under_way: 'replyUnderWay',
  too_many_replies: 'tooManyReplies',
  name_invalid: 'nameInvalid',
  room_unknown: 'noRoom',
  event_unknown: 'gone',
  store_unavailable: 'store',
  outcome_unknown: 'uncertain',
  store_full: 'storeFull',
};
const BY_STATUS = {
  400: 'invalid', 401: 'forbidden', 403: 'forbidden', 404: 'notFound', 413: 'tooLarge',
  422: 'invalid', 429: 'busy', 503: 'busy',
};

/**
 * Chooses the language of the page.
 * @param {readonly string[]} wanted language tags, the most wanted first (navigator.languages)
 * @returns {{language: string, locale: string, words: object}} `language` is for <html lang>,
 *   `locale` for dates: it keeps the region of the visitor's tag. English when nothing fits.
 */
export function chooseWords(wanted) {
  for (const tag of wanted) {
    const language = tag.toLowerCase().split('-')[0];
    if (Object.keys(LANGUAGES).includes(language)) {
      return { language, locale: tag, words: LANGUAGES[language] };
    }
  }
  return { language: 'en', locale: 'en', words: ENGLISH };
}

/**
 * Says why something was not done.
 * @param {object} words a table from chooseWords
 * @param {import('../net/api.js').Failure} failure
 * @returns {string} one or two sentences
 */
export function describeFailure(words, failure) {
  const { kind, code, status, detail } = failure;
  const key = kind === 'refused' ? BY_CODE[code] ?? BY_STATUS[status] : kind;
  const known = words.failures[key];
  if (known) {
    return known(failure);
  }
  // The server's own sentence, in whatever language, is better than none.
  return detail || words.failures.server(failure);
}
