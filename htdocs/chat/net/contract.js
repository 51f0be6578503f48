// Reads what the program answers, as doc/api.md has it, and makes sure that it is that. Used by api.js and
// stream.js. Pure.
//
// SPDX-License-Identifier: MIT

import { readRetryAfter } from './retry.js';

// The request itself is at fault: the same bytes are refused again, so only other text can help.
const FINAL_STATUSES = new Set([400, 413, 415, 422]);

// Something that passes: the same request may be made again by itself.
const PASSING_STATUSES = new Set([408, 425, 429, 502, 503, 504]);

/**
 * What the owner has set for this host; "" for nothing.
 * @typedef {object} Settings
 * @property {string} name of the chat
 * @property {string} greeting
 * @property {string} accent "#rrggbb"
 * @property {string} logo the address of a picture
 */

/** What all functions of api.js throw, and nothing else; its `failure` is a Failure. */
export class ApiError extends Error {
  constructor(failure) {
    super(failure.kind);
    this.name = 'ApiError';
    this.failure = { final: false, passing: failure.kind !== 'refused', ...failure };
  }
}

/** @returns {import('./api.js').Answer} of an answer to a post; throws ApiError */
export function readAnswer(response, body) {
  const value = parseObject(body);
  if (!response.ok) {
    throw new ApiError(readRefusal(response, value));
  }
  const answer = {};
  if (typeof value?.message === 'string') {
    answer.reply = value.message;
  }
  if (isSeq(value?.seq)) {
    answer.seq = value.seq;
  }
  if (isSeq(value?.reply_seq)) {
    answer.replySeq = value.reply_seq;
  }
  if (typeof value?.state === 'string') {
    answer.state = value.state;
  }
  if (isSeq(value?.queued)) {
    answer.queued = value.queued;
  }
  if (answer.reply === undefined && answer.seq === undefined) {
    throw new ApiError({ kind: 'garbage' });
  }
  return answer;
}

/** Reads a page of events. Throws ApiError. */
export function readPage(response, body) {
  const value = parseObject(body);
  if (!response.ok) {
    throw new ApiError(readRefusal(response, value));
  }
  const session = value?.session === false || typeof value?.session === 'string'
    ? value.session : undefined;
  const [, epoch = ''] = /^([0-9a-f]+)-[0-9]+$/.exec(value?.cursor ?? '') ?? [];
  if (value?.reset === true) {
    return { events: [], next: 0, more: false, reset: true, session, epoch };
  }
  if (!Array.isArray(value?.events) || !Number.isSafeInteger(value.next)) {
    throw new ApiError({ kind: 'garbage' });
  }
  const { events, next, more } = value;
  return { events: events.filter(isEvent), next, more: more === true, reset: false, session, epoch };
}

/** Reads the data of a streamed event. @returns {object|null} */
export function readEvent(data) {
  const value = parseObject(data);
  return isEvent(value) ? value : null;
}

/** Reads settings, as the program or the browser's storage has them. @returns {Settings} */
export function readSettings(value) {
  return {
    name: textOf(value?.name),
    greeting: textOf(value?.greeting),
    accent: textOf(value?.accent),
    logo: textOf(value?.logo),
  };
}

/** @returns {string} "" for what is no text */
export function textOf(value) {
  return typeof value === 'string' ? value : '';
}

function isEvent(value) {
  return isSeq(value?.seq) && typeof value.kind === 'string';
}

function isSeq(value) {
  return Number.isSafeInteger(value) && value > 0;
}

/** Why the server refused. @returns {object} a Failure but for what ApiError adds */
export function readRefusal(response, problem) {
  const { status } = response;
  const refusal = {
    kind: 'refused',
    status,
    final: FINAL_STATUSES.has(status),
    passing: PASSING_STATUSES.has(status),
  };
  // A web server or proxy in front of the program answers in HTML: then only the status is known.
  if (typeof problem?.code === 'string') {
    refusal.code = problem.code;
  }
  if (typeof problem?.detail === 'string') {
    refusal.detail = problem.detail;
  }
  const retryAfter = readRetryAfter(response.headers);
  // Who asks to wait takes the same request later.
  return retryAfter === undefined ? refusal
    : { ...refusal, retryAfter, final: false, passing: true };
}

/** @returns {object|null} null where it is none */
export function parseObject(body) {
  try {
    const value = JSON.parse(body);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}
