// What the owner has set for this host: the name of the chat, a greeting, a colour, a picture. Text is only ever text,
// the colour is made one that can be read, and the picture comes from this host. Driven by main.js.
//
// SPDX-License-Identifier: MIT

import { readSettings } from '../net/contract.js';
import { fitAccent } from './accent.js';

/**
 * Shows what was read the last time. What is not set is as index.html has it.
 * @param {Document} document
 * @param {object} options
 * @param {object} options.storage from createStorage
 * @param {() => Promise<import('../net/contract.js').Settings>} options.load throws an error with a `failure`
 * @param {(settings: import('../net/contract.js').Settings) => void} options.onChange
 */
export function createBranding(document, { storage, load, onChange }) {
  const heading = document.querySelector('h1');
  const mark = document.querySelector('.mark');
  const { style } = document.documentElement;
  const isDark = document.defaultView.matchMedia('(prefers-color-scheme: dark)');
  let colour = '';
  let picture = '';
  let settings = readSettings(storage.settings());
  let isLoading = false;

  function showAccent() {
    ['--accent', '--on-accent'].forEach((name) => style.removeProperty(name));
    const values = document.defaultView.getComputedStyle(document.documentElement);
    const grounds = ['--ground', '--surface'].map((name) => longForm(values.getPropertyValue(name).trim()));
    const fitting = colour === '' ? null : fitAccent(colour, grounds);
    if (fitting) {
      style.setProperty('--accent', fitting.accent);
      style.setProperty('--on-accent', fitting.onAccent);
    }
  }

  function showLogo(address) {
    const url = new URL(address, document.baseURI);
    const wanted = address !== '' && url.origin === document.location.origin ? url.href : '';
    if (wanted === picture) {
      return;
    }
    picture = wanted;
    const logo = document.createElement('img');
    logo.className = 'logo';
    logo.alt = '';
    logo.onload = () => {
      if (picture === wanted) {
        putMark(logo);
      }
    };
    if (wanted === '') {
      putMark(null);
    } else {
      logo.src = wanted;
    }
  }

  // The owner's, or the page's own.
  function putMark(logo) {
    document.querySelector('.logo')?.remove();
    mark.toggleAttribute('hidden', logo !== null);
    if (logo) {
      mark.before(logo);
    }
  }

  function show() {
    const { name, accent, logo } = settings;
    if (name !== '') {
      heading.textContent = name;
    }
    if (accent !== colour) {
      colour = accent;
      showAccent();
    }
    showLogo(logo);
    onChange(settings);
  }

  isDark.addEventListener('change', showAccent);
  show();
  return {
    greeting: () => settings.greeting,

    /** Reads what is set now; once, when the page can be used. */
    async load() {
      if (isLoading) {
        return;
      }
      isLoading = true;
      try {
        settings = await load();
        storage.keepSettings(settings);
        show();
      } catch (error) {
        if (!error.failure) {
          throw error;
        }
        // The page is as good without; a program of before has none.
      }
    },
  };
}

// What makes the sheet smaller writes "#fff".
function longForm(colour) {
  return /^#[0-9a-f]{3}$/i.test(colour) ? colour.replace(/[0-9a-f]/gi, '$&$&') : colour;
}
