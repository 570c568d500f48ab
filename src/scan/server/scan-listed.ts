import { DETECTORS } from '../detectors/list.ts';
import { placed, type Found, type SameAs } from '../scan-text.ts';
import { hiddenText } from './hidden-text.ts';
import { listedTexts, type Listed } from './listed-texts.ts';
import { wordsToModel } from './words-to-model.ts';

const HERE = [hiddenText, wordsToModel, ...DETECTORS];
/** Where nothing says otherwise, a text is looked through as the prose that it is. */
const AS = 'description.md';
const LEAST = 2;

/**
 * Looks through what a server says of itself. Nothing in it can allow itself: whoever wrote it is who is looked at.
 * @param path the URL of the server, or its command
 * @returns what was found, and in how many texts
 */
export const scanListed = async (listed: Listed, path: string, sameAs: SameAs): Promise<{ readonly found: readonly Found[]; readonly texts: number }> => {
  const found: Found[] = [];
  const texts = listedTexts(listed);
  for (const { place, text } of texts) {
    if (text.length < LEAST) continue;
    const detected = (await Promise.all(HERE.map((detector) => detector.detect(text, AS)))).flat();
    found.push(...placed({ text, source: { path, place }, mayAllow: false }, detected, sameAs));
  }
  return { found, texts: texts.length };
};
