// The cases are the program's, too (tests/names/, tests/unit/test_names.c).
//
// SPDX-License-Identifier: MIT

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { isBlank, readPerson, readRoom } from '../../htdocs/chat/state/names.js';

const CASES_LEAST = 150;

function read(name) {
  const text = readFileSync(new URL(`../names/${name}`, import.meta.url), 'utf8');
  return text.trimEnd().split('\n');
}

test('names are what the program takes them for', () => {
  const cases = read('names.ndjson').map((line) => JSON.parse(line));
  const readers = { person: readPerson, room: readRoom };
  assert.ok(cases.length >= CASES_LEAST);
  for (const { why, kind, text, name } of cases) {
    assert.equal(readers[kind](text), name, `${kind}: ${why}`);
    if (name !== null) {
      assert.equal(readers[kind](name), name, `${kind}: ${why}: again`);
    }
  }
});

test('what shows nothing is what the program takes it for', () => {
  const ranges = read('invisible.txt').map((line) => line.split('-').map((end) => parseInt(end, 16)));
  let range = 0;
  for (let character = 0; character < 0x110000; character += 1) {
    if (range < ranges.length && character > ranges[range][1]) {
      range += 1;
    }
    const isInvisible = range < ranges.length && character >= ranges[range][0];
    assert.equal(isBlank(String.fromCodePoint(character)), isInvisible, character.toString(16));
  }
});

test('a text is blank only if all of it shows nothing', () => {
  assert.ok(isBlank(''));
  assert.ok(isBlank(' \u200b\u3164\n'));
  assert.ok(!isBlank('\u200b.'));
  assert.ok(!isBlank('.\n\u200b'));
  assert.ok(!isBlank('\ud83d')); // which the server refuses in other words
});
