/** What stands where a secret stood. */
const MASK = '[secret]';

/** A fragment shorter than this says nothing about the secret and would blot out ordinary words. */
const SHORTEST_FRAGMENT = 8;

export interface Mask {
  /** The text with every secret replaced. */
  apply(text: string): string;
  /** How far beyond a cut one must look so that no secret is cut in two. */
  readonly longest: number;
}

/** Replaces secrets in what a child prints; a secret of several lines is found line by line, as it is printed. */
export const maskFor = (secrets: readonly string[]): Mask => {
  const lines = secrets.flatMap((secret) => secret.split(/\r?\n/).filter((line) => line.length >= SHORTEST_FRAGMENT));
  // Longest first: a secret that contains another one must vanish as a whole.
  const needles = [...new Set([...secrets, ...lines])].filter((needle) => needle !== '').sort((a, b) => b.length - a.length);
  return {
    apply: (text) => needles.reduce((masked, needle) => masked.replaceAll(needle, MASK), text),
    longest: needles[0]?.length ?? 0,
  };
};
