// The answer to a post, where it is a stream: the reply as it is made, for programs that keep
// nothing and so have no events to be read. Used by api.js, which asks for it.
//
// SPDX-License-Identifier: MIT

/**
 * Follows a reply to its end.
 * @param {ReadableStream<Uint8Array>} body of the answer
 * @param {object} events
 * @param {() => void} events.onSign called whenever something comes, be it only to say that the
 *   connection lives
 * @param {(text: string) => void} events.onText what the reply is now
 * @returns {Promise<{text: string, state: string, reason?: string}>} and how it ended; `failed`
 *   where the stream ends before the
 *   reply does; never throws
 */
export async function followAnswer(body, { onSign, onText }) {
  let text = '';
  try {
    for await (const event of readEvents(body, onSign)) {
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

async function* readEvents(body, onSign) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let line = '';
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    onSign();
    const lines = (line + decoder.decode(chunk.value, { stream: true })).split('\n');
    line = lines.pop();
    for (const data of lines.filter((whole) => whole.startsWith('data:'))) {
      yield JSON.parse(data.slice('data:'.length)) ?? {};
    }
  }
}
