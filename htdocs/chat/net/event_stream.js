// Reads server-sent events (HTML, 9.2) from the body of an answer: the one reader for a room's stream and for
// the answer to a post. Used by api.js. Pure but for the stream that it is given: `id:` and `retry:` are not
// read, since the page asks for what is behind its own cursor, after its own pause.
//
// SPDX-License-Identifier: MIT

/**
 * @param {ReadableStream<Uint8Array>} body is cancelled when the caller stops before its end
 * @param {() => void} [onBytes] called whenever bytes come, be it only a comment
 * @returns {AsyncGenerator<{name: string, data: string}>} `name` is "message" where none is given; throws
 *   what the body throws
 */
export async function* readEvents(body, onBytes = () => {}) {
  let name = '';
  let data = [];
  for await (const line of readLines(body, onBytes)) {
    const [, field, value] = /^([^:]*)(?:: ?(.*))?$/s.exec(line);
    if (line === '') {
      if (data.length > 0) {
        yield { name: name || 'message', data: data.join('\n') };
      }
      name = '';
      data = [];
    } else if (field === 'event') {
      name = value ?? '';
    } else if (field === 'data') {
      data.push(value ?? '');
    }
  }
}

// A line that the body ends in is left out, as the last event is that no blank line ends.
async function* readLines(body, onBytes) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      onBytes();
      // A carriage return at the end may be half of a line's end.
      const lines = (rest + decoder.decode(chunk.value, { stream: true })).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop();
      yield* lines;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
