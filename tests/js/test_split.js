// SPDX-License-Identifier: MIT

import assert from 'node:assert/strict';
import test from 'node:test';
import { PIECE_MAX, splitInline, splitText } from '../../htdocs/chat/markdown/split.js';

function textOf(nodes) {
  return nodes.map((node) => (typeof node === 'string' ? node : node.text ?? textOf(node.children))).join('');
}

test('a text that is not too long is one piece', () => {
  for (const text of ['', 'a', 'a'.repeat(PIECE_MAX)]) {
    assert.deepEqual(splitText(text), [text]);
    assert.deepEqual(splitInline([text]), [[text]]);
  }
});

test('nothing is lost, and no piece is too long', () => {
  for (const word of ['a', 'word ', 'line\n', 'A sentence. ', '안녕 ', 'สวัสดี', '👩🏽‍🚀', 'e\u0301', '\u0301', '\u200d']) {
    const text = word.repeat(20_000);
    const pieces = splitText(text);
    assert.equal(pieces.join(''), text);
    assert.ok(pieces.every(({ length }) => length > 0 && length <= PIECE_MAX), word);
    assert.ok(pieces.length < 3 * (text.length / PIECE_MAX), word);
  }
});

test('a text is cut behind a line, else behind a sentence, else behind a word', () => {
  const words = 'word '.repeat(PIECE_MAX / 5 - 20);
  const [line] = splitText(`${words}\nmore. and more `.padEnd(2 * PIECE_MAX, '-'));
  assert.ok(line.endsWith('\n'));
  const [sentence] = splitText(`${words}end. and more `.padEnd(2 * PIECE_MAX, '-'));
  assert.ok(sentence.endsWith('end. ') || sentence.endsWith('end.\u0020'));
  const [word] = splitText(words.padEnd(2 * PIECE_MAX, '-'));
  assert.ok(word.endsWith('word '));
});

test('no letter is cut, be it of several characters', () => {
  for (const letter of ['😀', '👩🏽‍🚀', 'e\u0301', 'ส\u0e34']) {
    for (const piece of splitText(`a${letter.repeat(PIECE_MAX)}`)) {
      assert.equal(piece.replace('a', '').length % letter.length, 0, letter);
    }
  }
});

test('a text that grows keeps the pieces that it has', () => {
  const text = 'Some words and 한글 낱말, one after the other. '.repeat(1000);
  let before = [''];
  for (let length = 0; length < text.length; length += 997) {
    const pieces = splitText(text.slice(0, length));
    assert.deepEqual(pieces.slice(0, before.length - 1), before.slice(0, -1));
    before = pieces;
  }
});

test('what is emphasised or linked goes on so in the next piece', () => {
  const long = 'word '.repeat(3000);
  const nodes = ['begin ', { type: 'strong', children: [long] }, { type: 'code', text: long },
    { type: 'link', href: 'https://a.example/', children: [{ type: 'emphasis', children: [long] }] }, ' end'];
  const pieces = splitInline(nodes);
  assert.equal(textOf(pieces.flat()), textOf(nodes));
  assert.ok(pieces.every((piece) => textOf(piece).length <= PIECE_MAX));
  assert.ok(pieces.length < 20);
  assert.deepEqual([...new Set(pieces.flat().map((node) => node.type))],
    [undefined, 'strong', 'code', 'link']);
});
