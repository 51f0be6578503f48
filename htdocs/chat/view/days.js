// What stands between messages: a line where a new day begins; and which messages belong together,
// because the same person has said them in one go. Used by log.js after it has put a message
// somewhere.
//
// SPDX-License-Identifier: MIT

import { before, behind, removeFrom } from './chunks.js';

const TOGETHER_MS = 5 * 60_000;

/**
 * @param {HTMLElement} log the messages and these lines are its children
 * @param {string} locale
 */
export function createDays(log, locale) {
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const facts = new WeakMap(); // message element -> {time, author}

  function neighbour(view, step) {
    let other = step(view);
    while (other && !facts.has(other)) {
      other = step(other);
    }
    return other;
  }

  function arrange(view) {
    const { time, author } = facts.get(view);
    const previous = facts.get(neighbour(view, before));
    const isNewDay = isOtherDay(time, previous?.time ?? new Date());
    const line = view.previousElementSibling;
    const hasLine = Boolean(line?.matches('.day'));
    if (isNewDay && !hasLine) {
      view.before(createLine(time));
    } else if (isNewDay && line.getAttribute('data-day') !== dayName(time)) {
      line.replaceWith(createLine(time));
    } else if (!isNewDay && hasLine) {
      line.remove();
    }
    view.classList.toggle('first', !previous);
    view.classList.toggle('turn', author === 'me' && Boolean(previous) && previous.author !== 'me');
    view.classList.toggle('joined', Boolean(previous) && !isNewDay && author === previous.author &&
      time - previous.time < TOGETHER_MS);
  }

  function createLine(time) {
    const line = log.ownerDocument.createElement('h2');
    line.className = 'day';
    line.dataset.day = dayName(time);
    line.textContent = describe(time);
    // "Today" may have become yesterday.
    for (const other of log.querySelectorAll('.day')) {
      other.textContent = describe(new Date(`${other.getAttribute('data-day')}T12:00`));
    }
    return line;
  }

  function describe(time) {
    const now = new Date();
    const days = Math.round((startOf(time).getTime() - startOf(now).getTime()) / 86_400_000);
    if (days === 0 || days === -1) {
      const word = relative.format(days, 'day');
      return word.charAt(0).toLocaleUpperCase(locale) + word.slice(1);
    }
    return time.toLocaleDateString(locale, {
      weekday: 'long', day: 'numeric', month: 'long',
      ...(time.getFullYear() !== now.getFullYear() && { year: 'numeric' }),
    });
  }

  return {
    /** A message has come to its place, or its time or author has changed. */
    placed(view, time, author) {
      facts.set(view, { time, author });
      arrange(view);
      const next = neighbour(view, behind);
      if (next) {
        arrange(next);
      }
    },

    /** Takes a message out of the log. */
    remove(view) {
      const next = neighbour(view, behind);
      const line = view.previousElementSibling;
      if (line?.matches('.day')) {
        line.remove();
      }
      removeFrom(view);
      facts.delete(view);
      if (next) {
        arrange(next);
      }
    },
  };
}

function startOf(time) {
  return new Date(time.getFullYear(), time.getMonth(), time.getDate());
}

function isOtherDay(a, b) {
  return startOf(a).getTime() !== startOf(b).getTime();
}

function dayName(time) {
  const pad = (number) => String(number).padStart(2, '0');
  return `${time.getFullYear()}-${pad(time.getMonth() + 1)}-${pad(time.getDate())}`;
}
