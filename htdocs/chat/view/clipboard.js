// Copies text. Used by views.js.
//
// SPDX-License-Identifier: MIT

/**
 * @param {Document} document
 * @param {string} text
 * @returns {Promise<boolean>} whether it was copied
 */
export async function copyText(document, text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(document, text); // pages over plain http have no clipboard
  }
}

function copySelected(document, text) {
  const focused = document.activeElement;
  const field = document.createElement('textarea');
  field.className = 'unseen';
  field.readOnly = true;
  field.value = text;
  document.body.append(field);
  field.select();
  try {
    return document.execCommand('copy');
  } catch {
    return false;
  } finally {
    field.remove();
    focused?.focus({ preventScroll: true });
  }
}
