// What can name a person or a room, how it is written, and which texts show nothing: the same as
// the program decides it (src/text/names.c, whose comments say why; tests/names/ has the cases of
// both). Used by main.js, the nickname's field, the composer, and the messages; pure.
//
// SPDX-License-Identifier: MIT

const NAME_MAX = 64; // code points
const MARKS_MAX = 4; // in a row

const JOIN_NOT = '\u200C';
const JOIN = '\u200D';
const TAG_END = '\u{E007F}';

const INVISIBLE = table(
  '0009-000D 0020 0085 00A0 00AD 034F 061C 115F-1160 1680 17B4-17B5 180B-180F 2000-200F ' +
  '2028-202F 205F-206F 2800 3000 3164 FE00-FE0F FEFF FFA0 FFF0-FFFC 13430-13442 16FE4 ' +
  '1BCA0-1BCA3 1D159 1D173-1D17A E0000-E0FFF');
const CONTROL = /\p{Cc}/u;
const SPACES = /\p{Zs}+/gu;
const LETTER = /\p{L}/u;
const MARK = /\p{M}/u;
const STACKING = /[\p{Mn}\p{Me}]/u;
const WORD = /[\p{L}\p{M}\p{Nd}]/u;
const ROOM = /^[\p{L}\p{Mn}\p{Mc}\p{Nd}\p{Join_Control}._-]*$/u;
const NONCHARACTER = /\p{Noncharacter_Code_Point}/u;
const SELECTOR = table('FE00-FE0F');
const IDEOGRAPHIC_SELECTOR = table('E0100-E01EF');
const MONGOLIAN_SELECTOR = table('180B-180D 180F');
const TAG = table('E0020-E007F');
const SKIN_TONE = table('1F3FB-1F3FF');
const PICTOGRAPH = table('2190-2BFF 1F000-1FAFF');
const MONGOLIAN = table('1820-18AF');
const IDEOGRAPH = table('3400-9FFF F900-FAFF 20000-3FFFF');
// Of scripts whose letters join.
const JOINING = table('0620-06FF 0710-07FF 0840-08FF 1800-18AF A840-A87F FB50-FDFF FE70-FEFC ' +
  '10D00-10D3F 1E900-1E95F');
// Canonical_Combining_Class Virama, which expressions have no word for.
const VIRAMA = table(
  '094D 09CD 0A4D 0ACD 0B4D 0BCD 0C4D 0CCD 0D3B-0D3C 0D4D 0DCA 0E3A 0EBA 0F84 1039-103A ' +
  '1714-1715 1734 17D2 1A60 1B44 1BAA-1BAB 1BF2-1BF3 2D7F A806 A82C A8C4 A953 A9C0 AAF6 ABED ' +
  '10A3F 11046 11070 1107F 110B9 11133-11134 111C0 11235 112EA 1134D 11442 114C2 115BF 1163F ' +
  '116B6 1172B 11839 1193D-1193E 119E0 11A34 11A47 11A99 11C3F 11D44-11D45 11D97 11F41-11F42');

/**
 * @param {string} ranges in order
 * @returns {(character: string|undefined) => boolean} whether it is in one of them
 */
function table(ranges) {
  const ends = ranges.split(' ').map((range) => {
    const [first, last = first] = range.split('-').map((end) => parseInt(end, 16));
    return { first, last };
  });
  return (character) => {
    const code = character?.codePointAt(0) ?? -1;
    const range = ends.find(({ last }) => code <= last);
    return range !== undefined && code >= range.first;
  };
}

/**
 * Whether the text shows nothing.
 * @param {string} text
 */
export function isBlank(text) {
  for (const character of text) {
    if (!INVISIBLE(character)) {
      return false;
    }
  }
  return true;
}

/**
 * @param {string} text as it was typed
 * @returns {string|null} the name by which the server will know it; null: it is none
 */
export function readPerson(text) {
  const name = text.normalize('NFC').replace(SPACES, ' ').replace(/^ | $/g, '');
  return isPerson(name) ? name : null;
}

/**
 * @param {string} text
 * @returns {string|null} the same of a room's
 */
export function readRoom(text) {
  const name = text.normalize('NFC');
  const isRoom = ROOM.test(name) && isPerson(name) &&
    ![...name].some((character) => SELECTOR(character) || IDEOGRAPHIC_SELECTOR(character));
  return isRoom ? name : null;
}

function isPerson(name) {
  const characters = [...name];
  let marks = 0;

  if (isBlank(name) || characters.length > NAME_MAX || MARK.test(characters[0]) ||
      CONTROL.test(name) || NONCHARACTER.test(name)) {
    return false;
  }
  return characters.every((character, at) => {
    if (INVISIBLE(character)) {
      return hasEffect(characters, at);
    }
    marks = STACKING.test(character) ? marks + 1 : 0;
    return marks <= MARKS_MAX;
  });
}

// Whether an invisible character is one that changes how its neighbours look.
function hasEffect(characters, at) {
  const character = characters[at];
  const before = characters[at - 1] ?? '';

  switch (character) {
    case ' ':
    case '\u2800': return true;
    case JOIN_NOT: return partsLetters(characters, at) || shapesConsonant(characters, at);
    case JOIN: return joinsPictographs(characters, at) || shapesConsonant(characters, at);
    default:
  }
  if (TAG(character)) {
    return belongsToFlag(characters, at);
  }
  return SELECTOR(character) && isSymbol(before) ||
    IDEOGRAPHIC_SELECTOR(character) && IDEOGRAPH(before) ||
    MONGOLIAN_SELECTOR(character) && MONGOLIAN(before);
}

function isSymbol(character) {
  return !isBlank(character) && !LETTER.test(character) && !MARK.test(character);
}

function belongsToFlag(characters, at) {
  const before = characters[at - 1] ?? '';
  return (PICTOGRAPH(before) || TAG(before) && before !== TAG_END) &&
    (characters[at] === TAG_END || TAG(characters[at + 1]));
}

function partsLetters(characters, at) {
  const behind = characters[at + 1] ?? '';
  let before = at - 1;
  while (STACKING.test(characters[before] ?? '')) {
    before -= 1;
  }
  const letter = characters[before] ?? '';
  return JOINING(letter) && WORD.test(letter) && JOINING(behind) && LETTER.test(behind);
}

function shapesConsonant(characters, at) {
  const before = characters[at - 1] ?? '';
  return VIRAMA(before) ||
    characters[at] === JOIN && LETTER.test(before) && VIRAMA(characters[at + 1]);
}

function joinsPictographs(characters, at) {
  let before = at - 1;
  while (SELECTOR(characters[before]) || SKIN_TONE(characters[before])) {
    before -= 1;
  }
  return PICTOGRAPH(characters[before]) && PICTOGRAPH(characters[at + 1]);
}
