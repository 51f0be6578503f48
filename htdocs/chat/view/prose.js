// Shows Markdown as elements: the tree of markdown.js becomes a handful of kinds of elements with a
// handful of attributes, made one by one, never from markup. Loaded by formatter.js, and used by it alone.
//
// A text that grows is shown without flicker: what stands before its last block is left alone, and
// in the rest only what differs is changed, so that a selection survives, and the place in code.
//
// SPDX-License-Identifier: MIT

import { splitLinks } from '../markdown/address.js';
import { BLOCKS_MAX, firstUnsettled, parseMarkdown, wordsOf } from '../markdown/markdown.js';
import { splitInline, splitText } from '../markdown/split.js';

const shown = new WeakMap(); // element -> {text, isOpen, starts, costs}
const plain = new WeakMap(); // element -> text

/**
 * @param {HTMLElement} element gets the text in place of what is in it; nobody else changes that
 * @param {object} words from chooseWords
 * @param {string} text
 * @param {boolean} isOpen more is to come
 */
export function showProse(element, words, text, isOpen) {
  const before = shown.get(element) ?? { text: '', isOpen, starts: [], costs: [] };
  if (shown.has(element) && before.text === text && before.isOpen === isOpen) {
    return;
  }
  plain.delete(element);
  const kept = text.startsWith(before.text) ? firstUnsettled(before.text, before.starts) : 0;
  const from = before.starts[kept] ?? 0;
  const costsBefore = before.costs.slice(0, kept);
  const most = costsBefore.reduce((left, cost) => left - cost, BLOCKS_MAX);
  const { blocks, starts, costs } = parseMarkdown(text.slice(from), isOpen, most);
  patch(element, blocks.map((block) => describe(block, words)), kept);
  shown.set(element, {
    text,
    isOpen,
    starts: [...before.starts.slice(0, kept), ...starts.map((start) => start + from)],
    costs: [...costsBefore, ...costs],
  });
}

/**
 * Shows a text as it is, with its addresses as links.
 * @param {HTMLElement} element gets the text in place of what is in it
 * @param {object} words from chooseWords
 * @param {string} text
 */
export function showPlain(element, words, text) {
  if (plain.get(element) === text) {
    return;
  }
  shown.delete(element);
  plain.set(element, text);
  patch(element, splitLinks(text).map((part) => describe(part, words)));
}

/** The words of a reply without their form. @param {string} text @returns {string} */
export function readAloud(text) {
  return wordsOf(parseMarkdown(text).blocks).trim();
}

// --- what elements there are to be: {name, attributes, children} or text ---

function make(name, children, attributes = {}) {
  return { name, attributes, children };
}

function describe(node, words) {
  if (typeof node === 'string') {
    return node;
  }
  const inner = (nodes) => nodes.map((child) => describe(child, words));
  switch (node.type) {
    case 'emphasis':
      return make('em', inner(node.children));
    case 'strong':
      return make('strong', inner(node.children));
    case 'link':
      return make('a', inner(node.children),
        { href: node.href, rel: 'noopener noreferrer nofollow', target: '_blank',
          ...(node.title && { title: node.title }) });
    case 'heading':
      return describeRun(node, (nodes) =>
        make('p', [make('strong', inner(nodes))], { class: 'heading' }));
    case 'rule':
      return make('hr', []);
    case 'quote':
      return make('blockquote', inner(node.children));
    case 'list':
      return make(node.start === null ? 'ul' : 'ol', node.items.map((item) =>
        make('li', inner(item))), node.start === null ? {} : { start: String(node.start) });
    case 'code':
      return node.language === undefined ? make('code', [node.text]) : describeCode(node, words);
    default:
      return describeRun(node, (nodes) => make('p', inner(nodes)));
  }
}

// One element for each block, also where it is made of several.
function describeRun({ children }, makePiece) {
  const pieces = splitInline(children);
  return pieces.length === 1 ? makePiece(children) : make('div', pieces.map(makePiece), { class: 'long' });
}

function describeText(text) {
  const pieces = splitText(text);
  return pieces.length === 1 ? pieces.filter((piece) => piece !== '') :
    pieces.map((piece) => make('span', [piece], { class: 'piece' }));
}

function describeCode({ language, text }, words) {
  return make('div', [
    make('div', [
      make('span', language === '' ? [] : [language], { class: 'language' }),
      make('button', [words.copyCode], { type: 'button', class: 'copy-code' }),
    ], { class: 'code-top' }),
    make('pre', [make('code', describeText(text))], { tabindex: '0' }),
  ], { class: 'code' });
}

// --- elements ---

// Makes the children of the element from the given one on what they should be.
function patch(element, children, from = 0) {
  children.forEach((child, at) => {
    const node = element.childNodes[from + at];
    if (typeof child === 'string') {
      patchText(element, node, child);
    } else if (isLike(node, child)) {
      patchAttributes(node, child.attributes);
      patch(node, child.children);
    } else {
      put(element, node, build(element.ownerDocument, child));
    }
  });
  while (element.childNodes.length > from + children.length) {
    element.lastChild.remove();
  }
}

function isLike(node, { name, attributes }) {
  return node?.localName === name && node.className === (attributes.class ?? '');
}

function patchText(element, node, text) {
  if (node?.nodeType !== Node.TEXT_NODE) {
    put(element, node, element.ownerDocument.createTextNode(text));
  } else if (text.startsWith(node.data)) {
    if (text.length > node.data.length) {
      node.appendData(text.slice(node.data.length));
    }
  } else {
    node.data = text;
  }
}

function patchAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (element.getAttribute(name) !== value) {
      element.setAttribute(name, value);
    }
  }
}

function put(element, old, node) {
  if (old) {
    old.replaceWith(node);
  } else {
    element.append(node);
  }
}

function build(document, { name, attributes, children }) {
  const element = document.createElement(name);
  patchAttributes(element, attributes);
  patch(element, children);
  return element;
}
