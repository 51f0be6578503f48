// What node's test runner reports, as TAP that automake's driver counts: a line for each test.
// Node's own TAP nests the tests of a file and would be counted as one.
//
// SPDX-License-Identifier: MIT

/** @param {AsyncIterable<{type: string, data: object}>} events of node's test runner */
export default async function* reportTap(events) {
  let count = 0;
  for await (const { type, data } of events) {
    if (type === 'test:pass' || type === 'test:fail') {
      count += 1;
      yield `${type === 'test:pass' ? 'ok' : 'not ok'} ${count} - ${data.name}${directive(data)}\n`;
      yield* comment(data.details.error);
    }
  }
  yield `1..${count}\n`;
}

function directive({ skip, todo }) {
  if (skip !== undefined) {
    return ` # SKIP ${skip}`;
  }
  return todo === undefined ? '' : ` # TODO ${todo}`;
}

function* comment(error) {
  const { stack = String(error) } = error?.cause ?? {};
  if (error) {
    yield stack.split('\n').map((line) => `# ${line}\n`).join('');
  }
}
