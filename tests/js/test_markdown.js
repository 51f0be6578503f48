// SPDX-License-Identifier: MIT

import assert from 'node:assert/strict';
import test from 'node:test';
import { BLOCKS_MAX, firstUnsettled, parseMarkdown, wordsOf }
  from '../../htdocs/chat/markdown/markdown.js';

function blocksOf(text, isOpen) {
  return parseMarkdown(text, isOpen).blocks;
}

function paragraph(text) {
  return { type: 'paragraph', children: [text] };
}

test('paragraphs keep their line breaks and white space', () => {
  assert.deepEqual(blocksOf('one\n  two  \n\n\nthree'), [paragraph('one\n  two  '), paragraph('three')]);
});

test('headings, rules and quotes are read', () => {
  assert.deepEqual(blocksOf('## a ##\n---\n> b\n> c'), [{ type: 'heading', children: ['a'] },
    { type: 'rule' }, { type: 'quote', children: [paragraph('b\nc')] }]);
});

test('code keeps every character, has its language, and runs to the end where it is not closed', () => {
  assert.deepEqual(blocksOf('```python\nif a:\n    *b*\n\n```\nc'),
    [{ type: 'code', language: 'python', text: 'if a:\n    *b*\n' }, paragraph('c')]);
  assert.deepEqual(blocksOf('~~~\na\n```'), [{ type: 'code', language: '', text: 'a\n```' }]);
});

test('lists nest, and numbered ones begin where they say', () => {
  assert.deepEqual(blocksOf('3. a\n   - b\n4. c'), [{ type: 'list', start: 3, items: [
    [paragraph('a'), { type: 'list', start: null, items: [[paragraph('b')]] }], [paragraph('c')],
  ] }]);
});

test('a number at the beginning of a line is not a list', () => {
  assert.deepEqual(blocksOf('in\n1984. That'), [paragraph('in\n1984. That')]);
});

test('lines may end as they do under Windows', () => {
  assert.deepEqual(blocksOf('# a\r\n\r\nb'), [{ type: 'heading', children: ['a'] }, paragraph('b')]);
});

test('a last line that may become anything is not shown for a moment', () => {
  for (const text of ['-', '#', '1.', '**', '>']) {
    assert.deepEqual(blocksOf(`a\n\n${text}`, true), [paragraph('a')], text);
  }
});

test('where a text has grown, only what is not settled is read anew', () => {
  const before = 'one\n\ntwo\n\nthr';
  const { starts } = parseMarkdown(before, true);
  assert.deepEqual(starts, [0, 5, 10]);
  assert.equal(firstUnsettled(before, starts), 1);
  assert.equal(firstUnsettled('', []), 0);
});

test('read piece by piece a text ends as the same blocks as at once', () => {
  const text = '# a\n\n- b\n- c\n\n  d\n\n> e *f*\n\n```js\ng\n```\n1. h\n\nend **i** `j`.';
  let shown = { blocks: [], starts: [] };
  let before = '';
  for (let length = 1; length <= text.length; length += 1) {
    const now = text.slice(0, length);
    const kept = firstUnsettled(before, shown.starts);
    const from = shown.starts[kept] ?? 0;
    const { blocks, starts } = parseMarkdown(now.slice(from), length < text.length);
    shown = { blocks: [...shown.blocks.slice(0, kept), ...blocks],
      starts: [...shown.starts.slice(0, kept), ...starts.map((start) => start + from)] };
    before = now;
  }
  assert.deepEqual(shown.blocks, blocksOf(text));
});

test('the blocks that are made of a text are bounded, and what is beyond them is text', () => {
  const { blocks, costs } = parseMarkdown('a\n\n'.repeat(BLOCKS_MAX + 10));
  assert.equal(blocks.length, BLOCKS_MAX + 1);
  assert.equal(costs.length, blocks.length);
  assert.match(blocks.at(-1).children[0], /^a\n\na/);
  assert.equal(parseMarkdown('- a\n'.repeat(BLOCKS_MAX * 2)).costs[0], BLOCKS_MAX + 1);
});

test('what nests too deep is text', () => {
  const depth = (list) => 1 + Math.max(0, ...list.map(({ type, children = [] }) =>
    (type === 'quote' ? depth(children) : 0)));
  assert.ok(depth(blocksOf(`${'> '.repeat(1000)}a`)) < 12);
});

test('what is read aloud are the words alone', () => {
  assert.equal(wordsOf(blocksOf('# a\n\n- *b* [c](https://d.example/)\n- `e`\n\n```\nf\n```')),
    'a\nb c\ne\n\nf\n');
});
