// The list of rooms, as links: shown where there is more than one to choose from. Driven by
// main.js. Knows the list's element and nothing else.
//
// SPDX-License-Identifier: MIT

/**
 * @param {HTMLElement} nav with one list in it
 * @param {object} options
 * @param {object} options.words from chooseWords
 * @param {string} options.room where the visitor is; "" in the private conversation
 * @param {string} options.page the address of the page without any room
 */
export function createDirectory(nav, { words, room, page }) {
  const list = nav.querySelector('ul');
  nav.setAttribute('aria-label', words.rooms);

  function createItem({ name, title }) {
    const item = nav.ownerDocument.createElement('li');
    const link = nav.ownerDocument.createElement('a');
    link.href = name === '' ? page : `${page}?${new URLSearchParams({ room: name })}`;
    link.textContent = name === '' ? words.privateRoom : title || name;
    link.dir = 'auto';
    if (name === room) {
      link.setAttribute('aria-current', 'page');
    }
    item.append(link);
    return item;
  }

  return {
    /**
     * @param {object} choice
     * @param {{name: string, title: string}[]} choice.rooms
     * @param {boolean} choice.hasPrivate there is a private conversation
     * @param {boolean} choice.isIn the visitor may be where the page is
     */
    show({ rooms, hasPrivate, isIn }) {
      // A room may be one that is not listed: any, where the configuration says so.
      const all = [...(hasPrivate ? [{ name: '', title: '' }] : []), ...rooms];
      if (isIn && !all.some(({ name }) => name === room)) {
        all.push({ name: room, title: '' });
      }
      list.replaceChildren(...all.map(createItem));
      nav.hidden = all.length < (isIn ? 2 : 1);
      list.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
    },
  };
}
