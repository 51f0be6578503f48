// Talks HTTP with the program: the only module that calls fetch and knows the wire format.
// Called by outbox.js through main.js. Must not know the document, nor any words for people:
// whatever goes wrong is told as a Failure, which words.js puts into a sentence.
//
// SPDX-License-Identifier: MIT

// Long enough for a slow host that has to start the program first, short enough that nobody sits
// before a dead line.
const TIME_LIMIT_MS = 30_000;

// The request itself is at fault: the same bytes are refused again, so only other text can help.
const FINAL_STATUSES = new Set([400, 413, 415, 422]);

/**
 * Why a message got no reply. Plain data, so that it can be stored.
 * @typedef {object} Failure
 * @property {'unreachable'|'timeout'|'garbage'|'refused'|'interrupted'} kind `refused`: the server
 *   answered 4xx or 5xx; `garbage`: it answered something that is not in the contract
 * @property {boolean} final sending the same text again cannot succeed
 * @property {number} [status] HTTP status, when `refused`
 * @property {string} [code] the problem document's stable code, when there is one
 * @property {string} [detail] the problem document's sentence, when there is one
 * @property {number} [retryAfter] seconds that the server asks to wait
 * @property {number} [seconds] the limit that was passed, when `timeout`
 */

/** What `say` throws; its `failure` is a Failure. */
export class ApiError extends Error {
  constructor(failure) {
    super(failure.kind);
    this.name = 'ApiError';
    this.failure = { final: false, ...failure };
  }
}

/**
 * Makes the client for one program.
 * @param {string} address the program's URL, absolute or relative to the page
 * @returns {{say: (text: string) => Promise<string>}} `say` posts a message and gives the reply;
 *   it throws nothing but ApiError
 */
export function createApi(address) {
  async function say(text) {
    const signal = AbortSignal.timeout(TIME_LIMIT_MS);
    let response;
    let body;
    try {
      response = await fetch(address, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
        body: JSON.stringify({ message: text }),
        cache: 'no-store',
        signal,
      });
      body = await response.text();
    } catch {
      // An abort shows as different errors before and after the headers; the signal knows.
      throw new ApiError(signal.aborted
        ? { kind: 'timeout', seconds: Math.round(TIME_LIMIT_MS / 1000) }
        : { kind: 'unreachable' });
    }
    return readReply(response, body);
  }

  return { say };
}

function readReply(response, body) {
  const value = parseObject(body);
  if (!response.ok) {
    throw new ApiError(readRefusal(response, value));
  }
  if (typeof value?.message !== 'string') {
    throw new ApiError({ kind: 'garbage' });
  }
  return value.message;
}

function readRefusal(response, problem) {
  const { status } = response;
  const refusal = { kind: 'refused', status, final: FINAL_STATUSES.has(status) };
  // A web server or proxy in front of the program answers in HTML: then only the status is known.
  if (typeof problem?.code === 'string') {
    refusal.code = problem.code;
  }
  if (typeof problem?.detail === 'string') {
    refusal.detail = problem.detail;
  }
  // It may also be a date; nobody here sends one, so that it is left out.
  const retryAfter = response.headers.get('Retry-After') ?? '';
  if (/^[1-9][0-9]{0,5}$/.test(retryAfter)) {
    refusal.retryAfter = Number(retryAfter);
  }
  return refusal;
}

function parseObject(body) {
  try {
    const value = JSON.parse(body);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}
