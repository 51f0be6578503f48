// SPDX-License-Identifier: MIT

import assert from 'node:assert/strict';
import test from 'node:test';
import { readLink, splitLinks } from '../../htdocs/chat/markdown/address.js';
import { parseInline } from '../../htdocs/chat/markdown/inline.js';

// The addresses in a text.
function addressesIn(text) {
  return splitLinks(text).filter((part) => typeof part !== 'string').map(({ children }) => children[0]);
}

function expectAddress(expected, text) {
  assert.deepEqual(addressesIn(text), [expected], text);
}

test('an address may be written in any script', () => {
  for (const address of ['https://ko.wikipedia.org/wiki/서울특별시', 'https://münchen.de/x', 'http://한국.kr/길?이름=값#곳',
    'https://ja.wikipedia.org/wiki/東京都', 'https://ru.wikipedia.org/wiki/Москва', 'https://a.example/caf\u0065\u0301/x',
    'https://ko.wikipedia.org/wiki/한국_(영화)', 'https://hi.wikipedia.org/wiki/दिल्ली', 'Https://a.example/%EC%84%9C']) {
    expectAddress(address, address);
    expectAddress(address, `(${address}).`);
    expectAddress(address, `“${address}”, …`);
  }
});

test('text that follows without a space does not belong to it', () => {
  expectAddress('https://a.example/b', 'https://a.example/b에서');
  expectAddress('https://a.example', 'https://a.example로');
  expectAddress('https://a.example/', 'https://a.example/를');
  expectAddress('https://a.example/', 'https://a.example/에서.');
  expectAddress('https://a.example/b', 'https://a.example/b를、');
  expectAddress('https://a.example/b', 'https://a.example/b,그리고');
  expectAddress('https://a.example/한국_(영화)', 'https://a.example/한국_(영화)를');
  expectAddress('https://a.example/b', '「https://a.example/b」を見て');
  expectAddress('https://a.example/%EC', 'https://a.example/%EC를');
  expectAddress('https://ko.wikipedia.org/wiki/이름', 'https://ko.wikipedia.org/wiki/이름');
});

test('what ends a sentence, and a bracket around it, does not belong to it', () => {
  expectAddress('https://a.example/b', 'See https://a.example/b!');
  expectAddress('https://a.example/b', 'See (https://a.example/b), and');
  expectAddress('https://a.example/b_(c)', 'https://a.example/b_(c)).');
  expectAddress('https://a.example/b', '*https://a.example/b*');
  expectAddress('https://a.example/b', '[https://a.example/b]');
});

test('what is no address stays text, and all of the text stays', () => {
  for (const text of ['', 'http', 'http://', 'https:// a', 'xhttps://a.example', 'https://name:word@a.example/',
    'javascript:a', `https://a.example/${'a'.repeat(5000)}`, 'ftp://a.example']) {
    assert.deepEqual(addressesIn(text), [], text);
  }
  for (const text of ['a https://b.example/c d https://e.example\n', 'https://a.example/를']) {
    assert.equal(splitLinks(text).map((part) => part.children?.[0] ?? part).join(''), text);
  }
});

test('an address that leads nowhere is text to its end, and is read once', (context) => {
  const tried = context.mock.method(globalThis, 'URL', globalThis.URL);
  for (const [text, most] of [['http://'.repeat(14_000), 0], ['http://a@'.repeat(14_000), 0],
    [`${'http://a@'.repeat(400)} `.repeat(100), 100]]) {
    for (const split of [splitLinks, parseInline]) {
      tried.mock.resetCalls();
      assert.deepEqual(split(text), [text]);
      assert.ok(tried.mock.callCount() <= most, `${tried.mock.callCount()}`);
    }
  }
});

test('there are so many links in a text, and no more', () => {
  const text = 'https://a.example/ '.repeat(2000);
  const parts = splitLinks(text);
  assert.ok(parts.length < 500);
  assert.equal(parts.map((part) => part.children?.[0] ?? part).join(''), text);
});

test('a host that looks like another is shown by its name in ASCII', () => {
  for (const [address, href] of [['https://аpple.com/', 'https://xn--pple-43d.com/'],
    ['https://аре.com/x', 'https://xn--80ak6a.com/x'], ['https://gοοgle.com/', null]]) {
    const link = readLink(address);
    assert.equal(link.title, link.href, address);
    assert.equal(link.children[0], link.href, address);
    assert.match(link.href, /xn--/);
    assert.ok(href === null || link.href.startsWith('https://xn--'), link.href);
  }
});

test('a host in one script is shown as it is written, and its name in ASCII told', () => {
  for (const address of ['https://münchen.de/x', 'https://한국.kr/', 'https://日本語abc.jp/', 'https://почта.рф/']) {
    const link = readLink(address);
    assert.equal(link.children[0], address);
    assert.equal(link.title, link.href);
    assert.match(link.href, /xn--/);
  }
  assert.equal(readLink('https://a.example/').title, undefined);
});
