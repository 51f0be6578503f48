// Idempotency keys: a request that carries one is done once, however often it is sent. Used by
// outbox.js and replies.js.
//
// SPDX-License-Identifier: MIT

/** @returns {string} a UUID of random bits */
export function createKey() {
  // crypto.randomUUID would do, but is missing on pages over plain http.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = bytes[6] & 0x0f | 0x40;
  bytes[8] = bytes[8] & 0x3f | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
