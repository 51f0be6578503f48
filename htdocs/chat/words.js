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
  waiting: 'Waiting for the reply…',
  newest: 'New messages',
  notSent: 'Not sent.',
  sendAgain: 'Send again',
  edit: 'Edit',
  failures: {
    unreachable: () => 'The server cannot be reached.',
    timeout: ({ seconds }) => `No answer came within ${seconds} seconds.`,
    garbage: () => 'The server’s answer could not be understood.',
    interrupted: () => 'The page was left before the answer came.',
    tooLarge: () => 'The message is too long.',
    blank: () => 'The message is blank.',
    invalid: () => 'The server does not accept this message.',
    forbidden: () => 'You may not write here.',
    notFound: () => 'There is no chat at the address that this page was given.',
    replyFailed: () => 'The server could not make a reply.',
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
  waiting: '답장을 기다리는 중…',
  newest: '새 메시지',
  notSent: '보내지 못했습니다.',
  sendAgain: '다시 보내기',
  edit: '고치기',
  failures: {
    unreachable: () => '서버에 연결할 수 없습니다.',
    timeout: ({ seconds }) => `${seconds}초 안에 응답이 오지 않았습니다.`,
    garbage: () => '서버의 응답을 이해할 수 없습니다.',
    interrupted: () => '응답이 오기 전에 페이지를 떠났습니다.',
    tooLarge: () => '메시지가 너무 깁니다.',
    blank: () => '메시지가 비어 있습니다.',
    invalid: () => '서버가 이 메시지를 받지 않습니다.',
    forbidden: () => '여기에 글을 쓸 권한이 없습니다.',
    notFound: () => '이 페이지에 설정된 주소에 채팅이 없습니다.',
    replyFailed: () => '서버가 답장을 만들지 못했습니다.',
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
    if (Object.hasOwn(LANGUAGES, language)) {
      return { language, locale: tag, words: LANGUAGES[language] };
    }
  }
  return { language: 'en', locale: 'en', words: ENGLISH };
}

/**
 * Says why a message was not sent.
 * @param {object} words a table from chooseWords
 * @param {import('./api.js').Failure} failure
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
