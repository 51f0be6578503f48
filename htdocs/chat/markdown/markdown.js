// Markdown of replies, a small part of it: paragraphs, headings, lists, quotes, code, rules, and
// what inline.js reads. Gives a tree, and never anything else than what the types below say.
// Used by prose.js, which makes elements of it. Pure.
//
// Never throws, takes time linear in the text's length, and nests to a bounded depth. What is not
// understood is text, with its white space and line breaks as they are, so that the output of
// programs that know nothing of Markdown comes out well. Lines are read from top to bottom without
// looking ahead: a block that another one follows does not change any more when text is appended.
// What goes beyond so many blocks is text, too, so that no reply can keep the page from answering.
//
// SPDX-License-Identifier: MIT

import { parseInline } from './inline.js';

export const BLOCKS_MAX = 2000; // elements cost a browser far more than text
const DEPTH_MAX = 8;
const TAB = 4;
const LANGUAGE_MAX = 32;

const FENCE = /^([ \t]*)(`{3,}|~{3,})([^]*)$/;
const HEADING = /^ {0,3}(#{1,6})(?:[ \t]([^]*))?$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^([ \t]*)([-*+]|(\d{1,9})[.)])(?:([ \t]+)([^]*))?$/;
const UNDECIDED = /^[ \t]*(?:[-*+>]|[-*_]{2}|#{1,6}|\d{1,9}[.)])[ \t]*$/;

/**
 * @typedef {import('./inline.js').Inline} Inline
 * @typedef {{type: 'paragraph'|'heading', children: Inline[]}|{type: 'rule'}|
 *   {type: 'code', language: string, text: string}|{type: 'quote', children: Block[]}|
 *   {type: 'list', start: number|null, items: Block[][]}} Block `start`: of a numbered list
 */

/**
 * @param {string} text
 * @param {boolean} [isOpen] more is to come: what is open at the end is shown as it will look when
 *   it is closed, as far as can be told
 * @param {number} [most] blocks that are made of it, those within others and items of lists too
 * @returns {{blocks: Block[], starts: number[], costs: number[]}} `starts`: where in the text each
 *   block begins; `costs`: what it has taken of the most
 */
export function parseMarkdown(text, isOpen = false, most = BLOCKS_MAX) {
  const lines = text.split('\n');
  const offsets = [];
  let offset = 0;
  for (const line of lines) {
    offsets.push(offset);
    offset += line.length + 1;
  }
  const bare = lines.map((line) => line.replace(/\r$/, ''));
  const found = readBlocks(bare, 0, isOpen, { left: most });
  return {
    blocks: found.map(({ node }) => node),
    starts: found.map(({ at }) => offsets[at]),
    costs: found.map(({ cost }) => cost),
  };
}

/**
 * Where a text that has grown is to be parsed anew: what stands before it is as it was.
 * @param {string} text before it has grown
 * @param {number[]} starts of its blocks
 * @returns {number} of a block
 */
export function firstUnsettled(text, starts) {
  const lastLine = text.lastIndexOf('\n') + 1;
  return Math.max(0, starts.filter((start) => start < lastLine).length - 1); // they ascend
}

/** @param {any[]} nodes blocks or what is in them @returns {string} the words alone, for reading aloud */
export function wordsOf(nodes) {
  return nodes.map((node) => {
    if (typeof node === 'string') {
      return node;
    }
    const inner = node.text ?? wordsOf(node.children ?? node.items?.flat() ?? []);
    return ['emphasis', 'strong', 'link'].includes(node.type) || node.type === 'code' &&
      node.language === undefined ? inner : `${inner}\n`;
  }).join('');
}

function readBlocks(lines, depth, isOpen, budget) {
  const blocks = [];
  let at = 0;
  while (at < lines.length) {
    if (isBlank(lines[at]) || isUndecided(lines, at, isOpen)) {
      at += 1;
      continue;
    }
    const before = budget.left;
    budget.left -= 1;
    const block = before <= 0 ? restAsText(lines, at) :
      readFence(lines, at, isOpen) ?? readHeading(lines, at, isOpen) ??
      readRule(lines, at) ?? readQuote(lines, at, depth, isOpen, budget) ??
      readList(lines, at, depth, isOpen, budget) ?? readParagraph(lines, at, depth, isOpen);
    blocks.push({ node: block.node, at, cost: before - budget.left });
    at = block.end;
  }
  return blocks;
}

function restAsText(lines, at) {
  const text = lines.slice(at).join('\n');
  return { node: { type: 'paragraph', children: [text] }, end: lines.length };
}

// The last line may become anything yet: better nothing for a moment than something else.
function isUndecided(lines, at, isOpen) {
  return isOpen && at === lines.length - 1 && UNDECIDED.test(lines[at]);
}

function isRestBlank(lines, at) {
  let next = at;
  while (next < lines.length && isBlank(lines[next])) {
    next += 1;
  }
  return next >= lines.length;
}

// --- blocks of their own: each gives the block and the line behind it, or null ---

function matchFence(line) {
  const found = FENCE.exec(line);
  return found && (found[2][0] === '~' || !found[3].includes('`')) ? found : null;
}

function readFence(lines, at, isOpen) {
  const fence = matchFence(lines[at]);
  if (!fence) {
    return null;
  }
  const [, space, marks, info] = fence;
  const indent = widthOf(space);
  const text = [];
  let end = at + 1;
  while (end < lines.length && !isClosing(lines[end], marks)) {
    text.push(withoutIndent(lines[end], indent));
    end += 1;
  }
  if (end === lines.length && end > at + 1) {
    const last = text[text.length - 1].trim();
    if (last === '' || isOpen && last === marks[0].repeat(last.length)) {
      text.pop(); // no line yet, or the beginning of the closing fence
    }
  }
  const language = info.trim().split(/\s/, 1)[0].slice(0, LANGUAGE_MAX);
  return { node: { type: 'code', language, text: text.join('\n') }, end: end + 1 };
}

function isClosing(line, marks) {
  const bare = line.trim();
  return bare.startsWith(marks) && bare === marks[0].repeat(bare.length);
}

function readHeading(lines, at, isOpen) {
  const found = HEADING.exec(lines[at]);
  if (!found) {
    return null;
  }
  const text = (found[2] ?? '').trim();
  let end = text.length;
  while (text[end - 1] === '#') {
    end -= 1;
  }
  const title = end === 0 || /\s/.test(text[end - 1]) ? text.slice(0, end).trim() : text;
  const children = parseInline(title, isOpen && at === lines.length - 1);
  return { node: { type: 'heading', children }, end: at + 1 };
}

function isRule(line) {
  const bare = line.replace(/[ \t]/g, '');
  return bare.length >= 3 && '-*_'.includes(bare[0]) && bare === bare[0].repeat(bare.length);
}

function readRule(lines, at) {
  return isRule(lines[at]) ? { node: { type: 'rule' }, end: at + 1 } : null;
}

function readQuote(lines, at, depth, isOpen, budget) {
  if (depth >= DEPTH_MAX || !QUOTE.test(lines[at])) {
    return null;
  }
  let end = at;
  const inner = [];
  while (end < lines.length && QUOTE.test(lines[end])) {
    inner.push(lines[end].replace(QUOTE, ''));
    end += 1;
  }
  const children = readInner(inner, depth, isOpen && isRestBlank(lines, end), budget);
  return { node: { type: 'quote', children }, end };
}

function readInner(lines, depth, isOpen, budget) {
  return readBlocks(lines, depth + 1, isOpen, budget).map(({ node }) => node);
}

// --- lists ---

function matchItem(line) {
  const found = ITEM.exec(line);
  if (!found || isRule(line)) {
    return null;
  }
  const [, space, mark, number, gap = '', text = ''] = found;
  const indent = widthOf(space);
  const width = widthOf(gap);
  const isWide = width > TAB || text === '';
  return {
    indent,
    inner: indent + mark.length + (isWide ? 1 : width),
    number: number === undefined ? null : Number(number),
    text: isWide ? gap.slice(1) + text : text,
  };
}

function readList(lines, at, depth, isOpen, budget) {
  const first = depth < DEPTH_MAX ? matchItem(lines[at]) : null;
  if (!first) {
    return null;
  }
  const items = [];
  let end = at;
  let next = at;
  let item = first;
  while (item && (item.number === null) === (first.number === null)) {
    const body = readItem(lines, next, item);
    ({ end } = body);
    items.push(readInner(body.lines, depth, isOpen && isRestBlank(lines, end), budget));
    budget.left -= 1;
    next = end;
    while (next < lines.length && isBlank(lines[next])) {
      next += 1;
    }
    const isItem = next < lines.length && !isUndecided(lines, next, isOpen);
    item = isItem && budget.left > 0 ? matchItem(lines[next]) : null;
  }
  return { node: { type: 'list', start: first.number, items }, end };
}

// What is indented below an item belongs to it; two columns are enough, whatever its number.
function readItem(lines, at, { indent, inner, text }) {
  const body = [text];
  let end = at + 1;
  for (let next = end; next < lines.length; next += 1) {
    const isEmpty = isBlank(lines[next]);
    if (!isEmpty && indentOf(lines[next]) < indent + 2) {
      break;
    }
    body.push(withoutIndent(lines[next], inner));
    end = isEmpty ? end : next + 1;
  }
  return { lines: body.slice(0, end - at), end };
}

// --- paragraphs ---

function readParagraph(lines, at, depth, isOpen) {
  let end = at + 1;
  while (end < lines.length && !isBlank(lines[end]) && !interrupts(lines[end], depth) &&
      !isUndecided(lines, end, isOpen)) {
    end += 1;
  }
  const text = lines.slice(at, end).join('\n');
  const children = parseInline(text, isOpen && isRestBlank(lines, end));
  return { node: { type: 'paragraph', children }, end };
}

function interrupts(line, depth) {
  if (matchFence(line) || HEADING.test(line) || isRule(line)) {
    return true;
  }
  if (depth >= DEPTH_MAX) {
    return false;
  }
  const item = matchItem(line);
  // A number at the beginning of a line may just be one.
  return QUOTE.test(line) || item !== null && item.text.trim() !== '' &&
    (item.number === null || item.number === 1);
}

// --- white space ---

function isBlank(line) {
  return line.trim() === '';
}

function widthOf(space) {
  let width = 0;
  for (const character of space) {
    width += character === '\t' ? TAB - width % TAB : 1;
  }
  return width;
}

function indentOf(line) {
  return widthOf(/^[ \t]*/.exec(line)[0]);
}

// Without so many columns of white space at its beginning, or as many as there are.
function withoutIndent(line, columns) {
  let at = 0;
  let width = 0;
  while (width < columns && (line[at] === ' ' || line[at] === '\t')) {
    width += line[at] === '\t' ? TAB - width % TAB : 1;
    at += 1;
  }
  return ' '.repeat(Math.max(0, width - columns)) + line.slice(at);
}
