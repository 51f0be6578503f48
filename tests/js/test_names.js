// SPDX-License-Identifier: MIT

import assert from 'node:assert/strict';
import test from 'node:test';
import { readName } from '../../htdocs/chat/view/names.js';

test('a nickname is shown without its tilde, and is not called checked', () => {
  assert.deepEqual(readName('~Ada'), { text: 'Ada', isChecked: false });
});

test('a name from the web server is checked, also where it looks like a nickname inside', () => {
  assert.deepEqual(readName('ada~'), { text: 'ada~', isChecked: true });
});

test('a nickname cannot look checked by another tilde', () => {
  assert.deepEqual(readName('~~ada'), { text: '~ada', isChecked: false });
});

test('nobody is not checked', () => {
  assert.deepEqual(readName(''), { text: '', isChecked: false });
});
