// Cuts what is very long into pieces, for the sake of browsers: the time for one run of text grows
// with the square of its length in many writing systems (100,000 letters of Thai in one paragraph:
// twelve seconds; in pieces a fifth of one). Used by prose.js. Pure.
//
// Cuts from front to back, and each by what stands before it and a little behind it: a text that
// grows keeps the pieces that it has.
//
// SPDX-License-Identifier: MIT

/** UTF-16 units that a piece has at most. */
export const PIECE_MAX = 4000;

// A letter of several characters is not much longer than this.
const LETTER_MAX = 32;
const JOINS_WHAT_IS_BEFORE = /^[\p{M}\p{Emoji_Modifier}\u200d\udc00-\udfff]/u;
// Where less than this is left in a piece, what is longer begins in the next one.
const SCRAP_MAX = 128;

/**
 * @param {string} text
 * @param {number} [first] what the first piece may have
 * @returns {string[]} one that is empty, for an empty text
 */
export function splitText(text, first = PIECE_MAX) {
  const pieces = [];
  let at = 0;
  let most = first;
  while (text.length - at > most) {
    const end = at + lengthOfPiece(text.slice(at, at + most + 2), most);
    pieces.push(text.slice(at, end));
    at = end;
    most = PIECE_MAX;
  }
  pieces.push(text.slice(at));
  return pieces;
}

/**
 * @param {import('./inline.js').Inline[]} nodes
 * @param {number} [first] what the first piece may have
 * @returns {import('./inline.js').Inline[][]} pieces; what is emphasised goes on so in the next
 */
export function splitInline(nodes, first = PIECE_MAX) {
  const pieces = [[]];
  let left = first;
  const add = (node, length) => {
    pieces[pieces.length - 1].push(node);
    left -= length;
  };
  const begin = () => {
    if (pieces[pieces.length - 1].length > 0) {
      pieces.push([]);
    }
    left = PIECE_MAX;
  };
  for (const node of nodes) {
    const length = lengthOf(node);
    if (length > left && left < SCRAP_MAX) {
      begin();
    }
    if (length <= left) {
      add(node, length);
      continue;
    }
    splitNode(node, left).forEach((part, index) => {
      if (index > 0) {
        begin();
      }
      add(part, lengthOf(part));
    });
  }
  return pieces;
}

function splitNode(node, left) {
  if (typeof node === 'string') {
    return splitText(node, left);
  }
  return 'text' in node ? splitText(node.text, left).map((text) => ({ ...node, text })) :
    splitInline(node.children, left).map((children) => ({ ...node, children }));
}

function lengthOf(node) {
  if (typeof node === 'string') {
    return node.length;
  }
  return 'text' in node ? node.text.length :
    node.children.reduce((sum, child) => sum + lengthOf(child), 0);
}

// The text goes on for two characters behind what a piece may have. Best behind a line, then behind a sentence, then
// behind a word, and not too early.
function lengthOfPiece(text, most) {
  const least = most >> 1;
  const ends = [text.lastIndexOf('\n', most - 1), lastMatch(text, /[.!?。！？…]\s/g, most, least),
    Math.max(text.lastIndexOf(' ', most - 1), text.lastIndexOf('\t', most - 1))];
  const end = ends.find((at) => at >= least);
  return end === undefined ? lengthOfLetters(text, most) : end + 1;
}

// Where the white space behind the last match is, or -1.
function lastMatch(text, pattern, most, least) {
  let found = -1;
  for (const { index } of text.slice(least, most).matchAll(pattern)) {
    found = least + index + 1;
  }
  return found;
}

function lengthOfLetters(text, most) {
  for (let end = most; end > most - LETTER_MAX && end > 1; end -= 1) {
    if (!JOINS_WHAT_IS_BEFORE.test(text.slice(end, end + 2)) && text[end - 1] !== '\u200d') {
      return end;
    }
  }
  return Math.max(most, 1);
}
