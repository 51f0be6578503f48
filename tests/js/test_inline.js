// SPDX-License-Identifier: MIT

import assert from 'node:assert/strict';
import test from 'node:test';
import { readAddress } from '../../htdocs/chat/markdown/address.js';
import { parseInline } from '../../htdocs/chat/markdown/inline.js';

// The tree in short: *emphasis*, **strong**, `code`, [words](address), each in angle brackets.
function shape(nodes) {
  return nodes.map((node) => {
    if (typeof node === 'string') {
      return node;
    }
    const inner = node.text ?? shape(node.children);
    return `<${node.type}${node.href ? ` ${node.href}` : ''}: ${inner}>`;
  }).join('');
}

function expectShape(expected, text, isOpen) {
  assert.equal(shape(parseInline(text, isOpen)), expected, text);
}

test('emphasis, strong, code and links are read', () => {
  expectShape('<emphasis: a> <strong: b> <code: c> <link https://d.example/: e>',
    '*a* __b__ `c` [e](https://d.example/)');
  expectShape('<strong: <emphasis: a>>', '***a***');
});

test('stars, underscores and backticks that mean nothing stay', () => {
  for (const text of ['2 * 3 * 4', 'snake_case_name', 'a**', '`a', 'a ` b', '*', '[a] (b)', '[]()']) {
    expectShape(text, text);
  }
});

test('emphasis needs no spaces around it where a writing system has none', () => {
  expectShape('<strong: 강조>입니다', '**강조**입니다');
});

test('nothing is read within code', () => {
  expectShape('<code: *a* \\ [b](https://c.example/)>', '`*a* \\ [b](https://c.example/)`');
});

test('an escaped mark is the mark', () => {
  expectShape('*a* `b` [c](d) (e', '\\*a\\* \\`b\\` \\[c\\](d) \\(e');
});

test('a formula keeps its backslashes, and nothing is read within it', () => {
  for (const text of ['\\(a^2\\)', '\\(a_1 * b_1\\) and \\(c_1 * d_1\\)', '\\[\nx \\\\ y\n\\]',
    '\\[*a* `b`\\]']) {
    expectShape(text, text);
  }
  expectShape('\\(a', '\\(a', true);
  expectShape('<emphasis: \\(a^2\\)>', '*\\(a^2\\)*');
});

test('an address is a link, without what ends the sentence', () => {
  expectShape('see <link https://a.example/b_(c): https://a.example/b_(c)>).',
    'see https://a.example/b_(c)).');
  expectShape('<link https://a.example/: https://a.example/>', '<https://a.example/>');
});

test('a link leads nowhere but to http, https and mailto, and hides no host', () => {
  assert.equal(readAddress('https://a.example/x'), 'https://a.example/x');
  assert.equal(readAddress('mailto:a@b.example'), 'mailto:a@b.example');
  for (const address of ['javascript:alert(1)', 'data:text/html,x', '/relative', 'https://a@b.example/',
    'https://a:b@c.example/', 'vbscript:x', ' ', 'http://']) {
    assert.equal(readAddress(address), null, address);
  }
  expectShape('[a](javascript:x)', '[a](javascript:x)');
});

test('a link cannot be within a link, and an image is a link', () => {
  expectShape('[a <link https://b.example/: b> c](<link https://d.example/: https://d.example/>)',
    '[a [b](https://b.example/) c](https://d.example/)');
  expectShape('<link https://b.example/p.png: a>', '![a](https://b.example/p.png)');
});

test('what is open at the end of a text that grows is shown as it will look', () => {
  expectShape('<strong: bold>', '**bold', true);
  expectShape('<code: code>', '`code', true);
  expectShape('words', '[words](https://a.exa', true);
  expectShape('**bold', '**bold');
});

test('whatever the text is made of, nothing of it is lost and the time is bounded', () => {
  for (const mark of ['*', '_', '`', '[', ']', '[a](', '![', '<https://', '**a', '\\', '\\(', '\\[a\\](',
    'https://', 'http://a@한', 'https://a(', '`a``', '*a_']) {
    const text = mark.repeat(20_000);
    const nodes = parseInline(text);
    const depth = (list) => 1 + Math.max(0, ...list.map(({ children }) => (children ? depth(children) : 0)));
    assert.ok(depth(nodes) < 64, mark);
  }
});
