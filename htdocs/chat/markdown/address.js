// Web addresses in a text: where one ends, and what a link may lead to. Used by inline.js for
// replies, by prose.js for what people write. Pure.
//
// An address is written in any script (https://ko.wikipedia.org/wiki/서울특별시), and text may follow
// it without a space (https://example.org/a에서). So a letter of a script other than Latin belongs to
// it behind what begins a part of an address, such as a slash, and ends it behind a Latin letter, a
// digit or what ends a sentence. A Korean particle that is all that stands behind the last slash
// does not belong to it (https://example.org/를). What is meant otherwise goes into <...>.
//
// SPDX-License-Identifier: MIT

const ADDRESS_MAX = 4096; // longer than that it is text
const LINKS_MAX = 200; // in what somebody writes; elements cost a browser far more than text

const BEGINNING = /https?:\/\//iy;
const BEGINNINGS = /https?:\/\//gi;
const ASCII = /[A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]/;
const LETTER = /[\p{L}\p{N}\p{M}]/u;
const LATIN = /[\p{Script=Latin}\p{M}]/u;
const MARK = /\p{M}/u;
const STARTS_PART = /[/?#@&=\-_~+%(:]/;
const WORD = /[\p{L}\p{N}]/u;
const ENDS_SENTENCE = /[.,;:!?'*_~(]/;
const PARTICLE = new RegExp('/(?:은|는|이|가|을|를|의|에|에서|에게|로|으로|와|과|도|만|까지|부터|처럼|보다|하고|' +
  '이나|나|라고|이라고|이다|인데|입니다|이에요|예요)$');
const PROTOCOLS = new Set(['http:', 'https:', 'mailto:']);

/**
 * @typedef {{type: 'link', href: string, title?: string, children: string[]}} Link `title`: where
 *   the host's name is not what it may look like
 */

/**
 * @param {string} address as somebody has written it
 * @returns {string|null} what a link may lead to: http, https or mailto, whole, without a name or
 *   password, which only serve to make one host look like another
 */
export function readAddress(address) {
  try {
    const { protocol, username, password, href } = new URL(address);
    return PROTOCOLS.has(protocol) && username === '' && password === '' ? href : null;
  } catch {
    return null;
  }
}

/**
 * @param {string} address
 * @returns {Link|null} null where it leads nowhere that it may
 */
export function readLink(address) {
  const href = address.length > ADDRESS_MAX ? null : readAddress(address);
  if (href === null) {
    return null;
  }
  const title = titleOf(href);
  return { type: 'link', href, ...title, children: [title.title && misleads(address) ? href : address] };
}

/** The title of a link to there, if it needs one: the host's name in ASCII. */
export function titleOf(href) {
  return /^https?:\/\/[^/?#]*xn--/.test(href) ? { title: href } : {};
}

/**
 * @param {string} text
 * @param {number} at
 * @returns {string} the address that begins there, as it is written; "" where none does. Where it
 *   leads nowhere (readLink) all of it is text: who looked for another within it would read as
 *   much again for each.
 */
export function findAddress(text, at) {
  BEGINNING.lastIndex = at;
  const beginning = BEGINNING.exec(text)?.[0];
  if (!beginning || WORD.test(text[at - 1] ?? ' ')) {
    return '';
  }
  const address = withoutSentence(text.slice(at, findEnd(text, at + beginning.length)));
  return address.replace(PARTICLE, '/');
}

/**
 * @param {string} text of somebody who writes plainly
 * @returns {(string|Link)[]}
 */
export function splitLinks(text) {
  const parts = [];
  let at = 0; // what is before is in `parts`
  let read = 0;
  for (const { index } of text.matchAll(BEGINNINGS)) {
    const address = index >= read && parts.length < LINKS_MAX * 2 ? findAddress(text, index) : '';
    const link = address === '' ? null : readLink(address);
    read = Math.max(read, index + address.length);
    if (link) {
      parts.push(text.slice(at, index), link);
      at = read;
    }
  }
  return [...parts, text.slice(at)].filter((part) => part !== '');
}

function findEnd(text, from) {
  let end = from;
  let before = '/';
  let depth = 0;
  let isInHost = true;
  while (end < text.length) {
    const character = String.fromCodePoint(text.codePointAt(end));
    depth += character === '(' ? 1 : character === ')' ? -1 : 0;
    if (depth < 0 || !belongs(character, before, isInHost)) {
      break;
    }
    isInHost = isInHost && !/[/?#]/.test(character);
    before = MARK.test(character) ? before : character;
    end += character.length;
  }
  return end;
}

function belongs(character, before, isInHost) {
  if (ASCII.test(character)) {
    return true;
  }
  if (!LETTER.test(character)) {
    return false;
  }
  return LATIN.test(character) || !ASCII.test(before) || STARTS_PART.test(before) ||
    isInHost && before === '.';
}

function withoutSentence(address) {
  let end = address.length;
  while (ENDS_SENTENCE.test(address[end - 1])) {
    end -= 1;
  }
  return address.slice(0, end);
}

// --- names of hosts that look like others ---

const SCRIPTS = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u, /\p{Script=Cherokee}/u,
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}]/u];
const LATIN_SCRIPT = 0;
const EAST_ASIAN = SCRIPTS.length - 1;
const LIKE_LATIN = /^[асԁеһіјӏорԛѕԝхуъьҽпгѵѡ0-9-]+$/;

// Letters of several scripts in one part of a name, or all of them like Latin ones. Chinese,
// Japanese and Korean are written together with Latin.
function misleads(address) {
  const [, host] = /^[a-z]+:\/\/([^/?#]*)/i.exec(address) ?? [];
  return (host ?? '').toLowerCase().split('.').some((label) => {
    const scripts = SCRIPTS.map((script, at) => (script.test(label) ? at : -1))
      .filter((at) => at >= 0);
    const isEastAsian = scripts.every((at) => at === LATIN_SCRIPT || at === EAST_ASIAN);
    const kinds = scripts.length + ([...label].some(isOfNoneOfThem) ? 1 : 0);
    return kinds > 1 && !(isEastAsian && kinds === scripts.length) ||
      /[^ -~]/.test(label) && LIKE_LATIN.test(label);
  });
}

function isOfNoneOfThem(character) {
  return /\p{L}/u.test(character) && !SCRIPTS.some((script) => script.test(character));
}
