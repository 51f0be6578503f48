// The page's title: the room, and how many messages have come while nobody looked.
//
// SPDX-License-Identifier: MIT

/**
 * @param {Document} document
 * @param {string} room "" for none
 */
export function createTitle(document, room) {
  let chat = document.title;
  let roomTitle = room;
  let unread = 0;

  function show() {
    const name = roomTitle === '' ? chat : `${roomTitle} – ${chat}`;
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
    /** What the chat and the room are called; "" for what they were called before. */
    call({ chatName = '', roomName = '' }) {
      chat = chatName || chat;
      roomTitle = roomName || roomTitle;
      show();
    },

    /** A message has come. */
    count() {
      if (document.hidden) {
        unread += 1;
        show();
      }
    },
  };
}
