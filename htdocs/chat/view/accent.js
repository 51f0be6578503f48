// The owner's colour, made one that can be read on the page's grounds. Used by branding.js. Pure.
//
// SPDX-License-Identifier: MIT

/** What text must have against its ground (WCAG 2.2, 1.4.3), and a little for rounding. */
const CONTRAST_MIN = 4.55;
const STEPS = 64;

/**
 * @param {string} colour "#rrggbb"
 * @param {string[]} grounds what it is to be read on, as "#rrggbb"
 * @returns {{accent: string, onAccent: string}|null} the colour nearest to it that can be read, and what can
 *   be read on that; null where the colour has another form
 */
export function fitAccent(colour, grounds) {
  if (![colour, ...grounds].every((one) => /^#[0-9a-f]{6}$/i.test(one))) {
    return null;
  }
  const isLight = grounds.every((ground) => luminance(ground) > 0.18);
  const end = isLight ? '#000000' : '#ffffff';
  for (let step = 0; step <= STEPS; step += 1) {
    const accent = mix(colour, end, step / STEPS);
    if (grounds.every((ground) => contrast(accent, ground) >= CONTRAST_MIN)) {
      const onAccent = contrast('#ffffff', accent) >= CONTRAST_MIN ? '#ffffff' : '#000000';
      return { accent, onAccent };
    }
  }
  return null;
}

/** As WCAG defines it, from 1 to 21. @param {string} one @param {string} other as "#rrggbb" */
export function contrast(one, other) {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

function channels(colour) {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}

function luminance(colour) {
  const [red, green, blue] = channels(colour).map((value) => value / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function mix(colour, end, share) {
  const ends = channels(end);
  const mixed = channels(colour).map((value, at) => Math.round(value + (ends[at] - value) * share));
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}
