import { DETECTORS } from './detectors/list.ts';
import { maskedSecret, type Detection, type Finding, type Source } from './finding.ts';

/** A line that holds this, or that follows one that holds nothing else, is not looked at. */
const ALLOWED = /sallyport-scan:\s*allow/;

/** Only the surest of those that meet in one place is told. */
const withoutOverlaps = (found: readonly Detection[]): readonly Detection[] => {
  const kept: Detection[] = [];
  for (const one of found) if (!kept.some((other) => one.from < other.to && other.from < one.to)) kept.push(one);
  return kept.toSorted((one, other) => one.from - other.from);
};

/** Where lines begin, in characters. */
const lineStarts = (text: string): readonly number[] => [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];

const lineAt = (starts: readonly number[], place: number): number => {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= place) low = middle;
    else high = middle - 1;
  }
  return low;
};

const NEXT: ReadonlyMap<string, string> = new Map([
  ['sallyport-key', 'quarantine it at once: run this again with --quarantine, or "sallyport leaks report"'],
  ['private-key', 'make a new key, have its certificates and grants replaced, and remove this one'],
]);

const nextFor = ({ commit }: Source, { rule }: Detection): string => {
  const revoke = NEXT.get(rule) ?? 'revoke it where it was issued, and put a reference to a secret store in its place';
  return commit === undefined ? revoke : `${revoke}; it stays in the history of everybody who has a clone`;
};

/** How findings are told apart without their secret. */
export type SameAs = (secret: string) => string;

/** A finding that still knows its secret, and where in the text that is. */
export type Found = Finding & Pick<Detection, 'secret' | 'from' | 'to'>;

/** A text that is looked through. */
export interface Looked {
  readonly text: string;
  readonly source: Source;
  /** Whether what stands in it may say what is allowed there: not where somebody else wrote it. */
  readonly mayAllow: boolean;
}

/** What was found in a text, with its place as people count; without what is allowed there. */
export const placed = ({ text, source, mayAllow }: Looked, found: readonly Detection[], sameAs: SameAs): readonly Found[] => {
  if (found.length === 0) return [];
  const starts = lineStarts(text);
  const lineText = (line: number): string => text.slice(starts[line], starts[line + 1]);
  return withoutOverlaps(found).flatMap((one) => {
    const line = lineAt(starts, one.from);
    const before = line === 0 ? '' : lineText(line - 1);
    if (mayAllow && (ALLOWED.test(lineText(line)) || (ALLOWED.test(before) && /^[\s/#*<>!;-]*sallyport-scan:/.test(before)))) return [];
    const value = one.secret.reveal();
    return [{ ...source, ...(one.place === undefined ? {} : { place: one.place }), rule: one.rule, what: one.what, certainty: one.certainty, line: line + 1, column: one.from - (starts[line] ?? 0) + 1, masked: one.shown ?? maskedSecret(value), next: one.next ?? nextFor(source, one), same: sameAs(value), secret: one.secret, from: one.from, to: one.to }];
  });
};

/**
 * Looks through one text.
 * @param sameAs a digest that is salted anew in each run
 */
export const scanText = async (text: string, source: Source, sameAs: SameAs): Promise<readonly Found[]> =>
  placed({ text, source, mayAllow: true }, (await Promise.all(DETECTORS.map((detector) => detector.detect(text, source.path)))).flat(), sameAs);
