// Keeps what the visitor has typed and not yet got through, so that a reload loses nothing: the
// draft and the unsent messages, in this tab only (sessionStorage). Used by main.js.
// Storage may be refused, full, or hold anything at all: nothing here throws.
//
// SPDX-License-Identifier: MIT

/**
 * @param {string} name distinguishes the chats of one host
 * @returns {{load: () => Kept, save: (kept: Kept) => boolean}} `save` is false when the browser
 *   does not keep it
 *
 * @typedef {object} Kept
 * @property {string} draft
 * @property {{text: string, time: Date, failure: import('./api.js').Failure}[]} unsent
 */
export function createStorage(name) {
  const key = `plainchat:${name}`;

  return {
    load() {
      try {
        return readKept(JSON.parse(sessionStorage.getItem(key)));
      } catch {
        return readKept(null);
      }
    },

    save({ draft, unsent }) {
      try {
        if (draft === '' && unsent.length === 0) {
          sessionStorage.removeItem(key);
        } else {
          sessionStorage.setItem(key, JSON.stringify({ draft, unsent }));
        }
        return true;
      } catch {
        return false;
      }
    },
  };
}

function readKept(value) {
  const draft = typeof value?.draft === 'string' ? value.draft : '';
  const entries = Array.isArray(value?.unsent) ? value.unsent : [];
  const usable = entries.filter((entry) => typeof entry?.text === 'string');
  return { draft, unsent: usable.map(readEntry) };
}

function readEntry({ text, time, failure }) {
  const date = new Date(time);
  return {
    text,
    time: Number.isNaN(date.getTime()) ? new Date() : date,
    // One that was under way may have arrived: it is not sent again without being asked for.
    failure: typeof failure?.kind === 'string' ? failure : { kind: 'interrupted', final: false },
  };
}
