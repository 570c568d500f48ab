import { Secret } from '../../model/secret.ts';
import type { Detection, Detector } from '../finding.ts';

/**
 * What nobody sees and a model reads: what Unicode calls ignorable (tags, blanks without width, marks of direction, selectors of variants, which can
 * carry bytes), and controls, which a terminal obeys.
 */
const HIDDEN = /(?:(?![\t\n\r])[\p{Default_Ignorable_Code_Point}\p{Cc}\uFFF9-\uFFFB])+/gu;

const FLAG = /^[\u{E0061}-\u{E007A}\u{E0030}-\u{E0039}]{1,8}\u{E007F}$/u;
const LAST = /[^]$/u;
/** Emoji and letters that are joined to what follows, or kept from it. */
const JOINED = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}]/u;

/** What writing needs where it stands: one selector of a variant, joiners within words and emoji, flags that are spelt with tags. */
const isNeeded = (found: string, before: string): boolean => {
  if (/^[\uFE00-\uFE0F]$/.test(found)) return before !== '';
  if (/^\uFE0F?[\u200C\u200D]$/.test(found)) return JOINED.test(before);
  return before === '\u{1F3F4}' && FLAG.test(found);
};

/** What tags spell, which are ASCII moved out of sight. */
const spelt = (found: string): string => [...found].map((character) => (character.codePointAt(0) ?? 0) - 0xe0000).filter((code) => code >= 0x20 && code < 0x7f).map((code) => String.fromCodePoint(code)).join('');

const named = (found: string): string => [...new Set([...found].map((character) => `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`))].slice(0, 4).join(', ');

const detected = (found: string, index: number): Detection => {
  const hidden = spelt(found);
  return {
    rule: 'hidden-text',
    what: `characters that nobody sees and a model reads (${named(found)})${hidden === '' ? '' : ', which spell a text'}`,
    certainty: 'certain', from: index, to: index + found.length, secret: new Secret(found),
    shown: hidden === '' ? '' : hidden.slice(0, 80),
    next: 'do not use the server until whoever makes it has said why; "sallyport tools" pins what its tools say',
  };
};

/** Characters in the words of a server that are there for the model alone. */
export const hiddenText: Detector = {
  detect: (text) => [...text.matchAll(HIDDEN)].flatMap(({ 0: found, index }) => (isNeeded(found, LAST.exec(text.slice(Math.max(0, index - 2), index))?.[0] ?? '') ? [] : [detected(found, index)])),
};
