// The answer to a post, where it is a stream: the reply while it is made, where the program keeps nothing and
// so a room has no events. Used by api.js.
//
// SPDX-License-Identifier: MIT

/**
 * Follows a reply to its end.
 * @param {AsyncIterable<{data: string}>} events of the answer
 * @param {(text: string) => void} onText gets the whole text each time that it grows
 * @returns {Promise<{text: string, state: string, reason?: string}>} the whole text, and how it ended:
 *   `failed` where the stream ends before the reply does; never throws
 */
export async function followAnswer(events, onText) {
  let text = '';
  try {
    for await (const { data } of events) {
      const event = JSON.parse(data) ?? {};
      if (event.kind === 'done') {
        const state = event.state === 'failed' || event.state === 'stopped' ? event.state : 'done';
        return { text: typeof event.text === 'string' ? event.text : text, state, ...endOf(event) };
      }
      if (event.kind === 'part' && typeof event.text === 'string') {
        text += event.text;
        onText(text);
      }
    }
  } catch {
    // Cut off: what has come stays.
  }
  return { text, state: 'failed' };
}

// What is told with the end, by the names that messages have it by (state/room.js).
function endOf({ cut, reason, thought, thought_ms: thoughtMs }) {
  return {
    isCut: cut === 'length',
    reason: typeof reason === 'string' ? reason : '',
    thought: typeof thought === 'string' ? thought : '',
    thoughtMs: Number(thoughtMs) || 0,
  };
}
