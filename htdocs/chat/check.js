// Says in words that the page could not be started: the browser is too old for main.js, or a part of
// the page has not come. Written for any browser there is, and so no module.
//
// SPDX-License-Identifier: MIT

(function () {
  'use strict';

  // Modules have run by then, where they can.
  window.addEventListener('load', function () {
    if (!document.documentElement.hasAttribute('data-started')) {
      document.getElementById('unfit').removeAttribute('hidden');
    }
  });
}());
