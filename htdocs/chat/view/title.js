// The page's title: the room, and how many messages have come while nobody looked.
//
// SPDX-License-Identifier: MIT

/**
 * @param {Document} document
 * @param {string} room "" for none
 * @returns {{count: () => void}} `count`: a message has come
 */
export function createTitle(document, room) {
  const name = room === '' ? document.title : `${room} – ${document.title}`;
  let unread = 0;

  function show() {
    document.title = unread === 0 ? name : `(${unread}) ${name}`;
  }

  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) {
      unread = 0;
      show();
    }
  });
  show();
  return {
    count() {
      if (document.hidden) {
        unread += 1;
        show();
      }
    },
  };
}
