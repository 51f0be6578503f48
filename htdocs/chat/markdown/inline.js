// Markdown within a paragraph: emphasis, code, links. Used by markdown.js. Pure.
//
// One pass from left to right, over a stack of what is open: `*`, `_` and `[`. The stack is short;
// what is pushed out at its bottom stays the text that it is. So time is linear and nesting is
// bounded, whatever the text is made of. Differs from CommonMark where that serves a chat: no
// entities, no HTML, and `*` needs no white space or punctuation around it, for the sake of
// writing systems that have no spaces there.
//
// SPDX-License-Identifier: MIT

import { findAddress, readAddress, readLink, titleOf } from './address.js';

const OPEN_MAX = 16;
const ADDRESS_MAX = 2048;
const PARENTHESES_MAX = 8; // open within an address

const PLAIN = /[^\\`*_[\]<!hH]+/y;
const ESCAPE = /\\([!-/:-@[-`{-~\n])/y;
const AUTOLINK = /<((?:https?:\/\/|mailto:)[^\s<>]+)>/iy;
const NOT_IN_ADDRESS = /[\s<\p{Cc}]/u;
const WORD = /[\p{L}\p{N}]/u;
const FORMULA_ENDS = { '(': '\\)', '[': '\\]' };

/**
 * @typedef {string|{type: 'emphasis'|'strong', children: Inline[]}|{type: 'code', text: string}|
 *   {type: 'link', href: string, title?: string, children: Inline[]}} Inline
 */

/**
 * @param {string} text
 * @param {boolean} [isOpen] more is to come: what is open at the end is shown as it will look when
 *   it is closed, as far as can be told
 * @returns {Inline[]}
 */
export function parseInline(text, isOpen = false) {
  return new Reader(text, isOpen).read();
}

class Reader {
  #text;
  #isOpen;
  #at = 0;
  #nodes = []; // a string for each mark that is open
  #frames = []; // {mark: '*'|'_'|'[', count, at: of its string in #nodes}, innermost last
  #formulaEnds = {}; // what ends one -> where the next is; Infinity: there is none
  #ticks = null; // length -> {at: positions of the runs of so many backticks, next}

  constructor(text, isOpen) {
    this.#text = text;
    this.#isOpen = isOpen;
  }

  read() {
    while (this.#at < this.#text.length) {
      this.#readNext();
    }
    if (this.#isOpen) {
      const open = this.#frames.filter(({ mark, count }) => mark !== '[' && count > 1);
      open.reverse().forEach((frame) => this.#close(frame, frame.count));
    }
    return joinText(this.#nodes);
  }

  #readNext() {
    switch (this.#text[this.#at]) {
      case '\\':
        return this.#readEscape();
      case '`':
        return this.#readCode();
      case '*':
      case '_':
        return this.#readEmphasis();
      case '!':
        return this.#text[this.#at + 1] === '[' ? this.#openBracket('![') : this.#take(1);
      case '[':
        return this.#openBracket('[');
      case ']':
        return this.#closeBracket();
      case '<':
        return this.#readAutolink();
      case 'h':
      case 'H':
        return this.#readBareAddress();
      default:
        return this.#take(this.#match(PLAIN)[0].length);
    }
  }

  #match(pattern) {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#text);
  }

  // The next so many characters are text.
  #take(length) {
    this.#nodes.push(this.#text.slice(this.#at, this.#at + length));
    this.#at += length;
  }

  #open(mark, count, text) {
    if (this.#frames.length >= OPEN_MAX) {
      this.#frames.shift();
    }
    this.#frames.push({ mark, count, at: this.#nodes.length });
    this.#nodes.push(text);
  }

  // --- escapes and code ---

  #readEscape() {
    const found = this.#match(ESCAPE);
    if (!found) {
      this.#take(1);
      return;
    }
    const length = this.#formulaLength();
    if (length > 0) {
      this.#take(length);
      return;
    }
    this.#nodes.push(found[1]);
    this.#at += 2;
  }

  // A formula in "\(...\)" or "\[...\]", as models write them, stays as it is, stars and all. But
  // "\[...\](" is no formula: it is what is no link.
  #formulaLength() {
    const from = this.#at + 2;
    const mark = FORMULA_ENDS[this.#text[from - 1]];
    if (!mark) {
      return 0;
    }
    if (!(this.#formulaEnds[mark] >= from)) {
      const next = this.#text.indexOf(mark, from);
      this.#formulaEnds[mark] = next < 0 ? Infinity : next;
    }
    const end = this.#formulaEnds[mark];
    if (end === Infinity) {
      return this.#isOpen ? 2 : 0;
    }
    return this.#text[end + 2] === '(' ? 0 : end + 2 - this.#at;
  }

  #readCode() {
    const length = this.#runLength('`');
    const from = this.#at + length;
    const to = this.#nextTicks(length, from);
    if (to !== undefined) {
      this.#nodes.push({ type: 'code', text: trimCode(this.#text.slice(from, to)) });
      this.#at = to + length;
    } else if (this.#isOpen && !this.#text.includes('\n', from)) {
      if (from < this.#text.length) {
        this.#nodes.push({ type: 'code', text: trimCode(this.#text.slice(from)) });
      }
      this.#at = this.#text.length;
    } else {
      this.#take(length);
    }
  }

  #runLength(character) {
    let end = this.#at;
    while (this.#text[end] === character) {
      end += 1;
    }
    return end - this.#at;
  }

  // Where the next run of so many backticks begins. Asked for ascending positions.
  #nextTicks(length, from) {
    if (!this.#ticks) {
      this.#ticks = new Map();
      for (const { 0: run, index } of this.#text.matchAll(/`+/g)) {
        const runs = this.#ticks.get(run.length) ?? { at: [], next: 0 };
        runs.at.push(index);
        this.#ticks.set(run.length, runs);
      }
    }
    const runs = this.#ticks.get(length);
    while (runs && runs.at[runs.next] < from) {
      runs.next += 1;
    }
    return runs?.at[runs.next];
  }

  // --- emphasis ---

  #readEmphasis() {
    const mark = this.#text[this.#at];
    const count = this.#runLength(mark);
    const before = this.#text[this.#at - 1] ?? ' ';
    const after = this.#text[this.#at + count] ?? ' ';
    this.#at += count;
    const isWithin = mark === '*' ? () => false : (character) => WORD.test(character);
    let rest = count;
    if (count <= 3 && /\S/.test(before) && !isWithin(after)) {
      let frame;
      while (rest > 0 && (frame = this.#findOpener(mark, rest))) {
        rest -= this.#close(frame, rest);
      }
    }
    if (rest === 0) {
      return;
    }
    if (count <= 3 && /\S/.test(after) && !isWithin(before)) {
      this.#open(mark, rest, mark.repeat(rest));
    } else if (!this.#isOpen || this.#at < this.#text.length) {
      this.#nodes.push(mark.repeat(rest));
    }
  }

  #findOpener(mark, count) {
    return [...this.#frames].reverse().find((frame) => frame.mark === mark &&
      (frame.count === count || frame.count === 3 || count === 3) &&
      this.#nodes.length > frame.at + 1);
  }

  // Gives how many marks were used up, of `count`.
  #close(frame, count) {
    const inner = joinText(this.#nodes.splice(frame.at + 1));
    if (inner.length === 0) {
      return 0;
    }
    const used = frame.count === 3 && count === 3 ? 1 : Math.min(frame.count, count);
    const node = { type: used === 1 ? 'emphasis' : 'strong', children: inner };
    frame.count -= used;
    this.#frames.length = this.#frames.indexOf(frame) + (frame.count > 0 ? 1 : 0);
    if (frame.count > 0) {
      this.#nodes[frame.at] = frame.mark.repeat(frame.count);
      this.#nodes.push(node);
    } else {
      this.#nodes[frame.at] = node;
    }
    return used;
  }

  // --- links ---

  // An image is shown as a link: to fetch it would tell another host who reads this.
  #openBracket(text) {
    this.#open('[', 1, text);
    this.#at += text.length;
  }

  #closeBracket() {
    const frame = [...this.#frames].reverse().find(({ mark }) => mark === '[');
    if (!frame) {
      this.#take(1);
      return;
    }
    const target = this.#readTarget(this.#at + 1);
    const href = target && readAddress(target.address);
    if (target?.isCut) {
      this.#nodes[frame.at] = '';
      this.#at = target.end;
    } else if (href) {
      const children = joinText(withoutLinks(this.#nodes.slice(frame.at + 1)));
      this.#nodes.length = frame.at;
      this.#nodes.push({ type: 'link', href, ...titleOf(href),
        children: children.length > 0 ? children : [href] });
      this.#at = target.end;
      this.#frames.length = this.#frames.indexOf(frame);
      this.#frames = this.#frames.filter(({ mark }) => mark !== '[');
    } else {
      this.#take(target ? target.end - this.#at : 1);
      this.#frames.splice(this.#frames.indexOf(frame), 1);
    }
  }

  // Reads "(address)" or "(address "title")"; `isCut` where the text ends within it and more is to
  // come.
  #readTarget(at) {
    const text = this.#text;
    if (text[at] !== '(') {
      return null;
    }
    const bound = Math.min(text.length, at + ADDRESS_MAX);
    const isAngled = text[at + 1] === '<';
    const from = at + (isAngled ? 2 : 1);
    let end = from;
    let depth = 0;
    while (end < bound && depth <= PARENTHESES_MAX && !NOT_IN_ADDRESS.test(text[end])) {
      depth += text[end] === '(' ? 1 : text[end] === ')' ? -1 : 0;
      if (isAngled ? text[end] === '>' : depth < 0) {
        break;
      }
      end += 1;
    }
    const address = text.slice(from, end);
    let rest = isAngled && text[end] === '>' ? end + 1 : end;
    const title = /\s+(?:"[^"\n]{0,512}"|'[^'\n]{0,512}')\s*/y;
    title.lastIndex = rest;
    rest += title.exec(text)?.[0].length ?? 0;
    if (text[rest] === ')') {
      return { address, end: rest + 1, isCut: false };
    }
    return this.#isOpen && rest >= text.length
      ? { address: '', end: text.length, isCut: true } : null;
  }

  #readAutolink() {
    const found = this.#match(AUTOLINK);
    this.#pushAddress(found?.[1], found?.[0].length ?? 1);
  }

  #readBareAddress() {
    const address = findAddress(this.#text, this.#at);
    this.#pushAddress(address, address.length || 1);
  }

  // The address is what the next so many characters mean, if anything.
  #pushAddress(address, length) {
    const link = address ? readLink(address) : null;
    if (link) {
      this.#nodes.push(link);
      this.#at += length;
    } else {
      this.#take(length);
    }
  }
}

function joinText(nodes) {
  const joined = [];
  let text = [];
  const flush = () => {
    const whole = text.join('');
    if (whole !== '') {
      joined.push(whole);
    }
    text = [];
  };
  for (const node of nodes) {
    if (typeof node === 'string') {
      text.push(node);
    } else {
      flush();
      joined.push(node);
    }
  }
  flush();
  return joined;
}

// A line break in code is a space; one space at each end is there for a backtick next to it.
function trimCode(text) {
  const line = text.replaceAll('\n', ' ');
  const isPadded = line.startsWith(' ') && line.endsWith(' ') && line.trim() !== '';
  return isPadded ? line.slice(1, -1) : line;
}

function withoutLinks(nodes) {
  return nodes.flatMap((node) => {
    if (node.type === 'link') {
      return node.children;
    }
    return node.children ? [{ ...node, children: joinText(withoutLinks(node.children)) }] : [node];
  });
}
