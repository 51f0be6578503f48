// What the page's modules use and TypeScript 4.8 does not know.
// SPDX-License-Identifier: MIT

interface Array<T> {
  findLast(isIt: (value: T, index: number) => unknown): T | undefined;
  findLastIndex(isIt: (value: T, index: number) => unknown): number;
}

// Errors of the API have one.
interface Error {
  failure?: import('../../htdocs/chat/net/api.js').Failure;
}
