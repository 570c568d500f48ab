/** What stands where a secret stood. */
const MASK = '[secret]';

/** A fragment shorter than this says nothing about the secret and would blot out ordinary words. */
const SHORTEST_FRAGMENT = 8;

export interface Mask {
  /** The text with every secret replaced. */
  apply(text: string): string;
  /** The beginning of the text, masked before it is cut so that no half of a secret is left, and without control characters. */
  excerpt(text: string, characters: number): string;
  /** How far beyond a cut one must look so that no secret is cut in two. */
  readonly longest: number;
}

/** Replaces secrets in what a child prints; a secret of several lines is found line by line, as it is printed. */
export const maskFor = (secrets: readonly string[]): Mask => {
  const lines = secrets.flatMap((secret) => secret.split(/\r?\n/).filter((line) => line.length >= SHORTEST_FRAGMENT));
  // Longest first: a secret that contains another one must vanish as a whole.
  const needles = [...new Set([...secrets, ...lines])].filter((needle) => needle !== '').sort((a, b) => b.length - a.length);
  const longest = needles[0]?.length ?? 0;
  const apply = (text: string): string => needles.reduce((masked, needle) => masked.replaceAll(needle, MASK), text);
  // Control characters could forge lines of the log or steer a terminal.
  const plain = (text: string): string => text.replaceAll(/\p{Cc}+/gu, ' ').trim();
  return { apply, longest, excerpt: (text, characters) => plain(apply(text.slice(0, characters + longest))).slice(0, characters) };
};
