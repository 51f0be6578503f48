// What the modules of the page take for granted and node 18 lacks. A test imports it first.
//
// SPDX-License-Identifier: MIT

import { webcrypto } from 'node:crypto';

/** A storage as browsers have it, without the limit. */
export class MemoryStorage {
  #items = new Map();

  get length() {
    return this.#items.size;
  }

  key(at) {
    return [...this.#items.keys()][at] ?? null;
  }

  getItem(key) {
    return this.#items.get(key) ?? null;
  }

  setItem(key, value) {
    this.#items.set(key, String(value));
  }

  removeItem(key) {
    this.#items.delete(key);
  }
}

/** Puts a value where the page looks for it, also where node has one of its own there. */
export function provide(name, value) {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}

provide('crypto', webcrypto);
provide('navigator', {});
provide('localStorage', new MemoryStorage());
provide('sessionStorage', new MemoryStorage());
provide('window', new EventTarget());
