// SPDX-License-Identifier: MIT

import assert from 'node:assert/strict';
import test from 'node:test';
import { contrast, fitAccent } from '../../htdocs/chat/view/accent.js';

const LIGHT = ['#f6f5f1', '#ffffff'];
const DARK = ['#15171a', '#202428'];

test('contrast is that of WCAG', () => {
  assert.equal(contrast('#000000', '#ffffff'), 21);
  assert.equal(contrast('#777777', '#777777'), 1);
  assert.ok(Math.abs(contrast('#767676', '#ffffff') - 4.54) < 0.01);
});

test('a colour that can be read stays as it is', () => {
  assert.deepEqual(fitAccent('#2a608d', LIGHT), { accent: '#2a608d', onAccent: '#ffffff' });
  assert.deepEqual(fitAccent('#92C1E8', DARK), { accent: '#92c1e8', onAccent: '#000000' });
});

test('every colour becomes one that can be read, on it and on the page, light or dark', () => {
  for (let red = 0; red < 256; red += 51) {
    for (let green = 0; green < 256; green += 51) {
      for (let blue = 0; blue < 256; blue += 51) {
        const colour = `#${[red, green, blue].map((value) => value.toString(16).padStart(2, '0')).join('')}`;
        for (const grounds of [LIGHT, DARK]) {
          const { accent, onAccent } = fitAccent(colour, grounds);
          grounds.forEach((ground) => assert.ok(contrast(accent, ground) >= 4.5, `${colour} on ${ground}`));
          assert.ok(contrast(accent, onAccent) >= 4.5, `on ${colour}`);
        }
      }
    }
  }
});

test('what is no colour is none', () => {
  for (const colour of ['', 'red', '#fff', '#12345g', '#1234567', 'url(x)', '#123456;']) {
    assert.equal(fitAccent(colour, LIGHT), null, colour);
  }
});
