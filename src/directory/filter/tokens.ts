import { scimFault } from '../scim-fault.ts';

/** A word, a text in quotes as JSON reads it, a bracket, or the end. */
export interface Token {
  readonly kind: 'word' | 'text' | 'bracket' | 'end';
  readonly text: string;
  /** Its place, counted from 1. */
  readonly at: number;
}

const MOST_CHARACTERS = 1_000;
const TOKEN = /\s*(?:(?<text>"(?:[^"\\]|\\.)*")|(?<bracket>[()[\]])|(?<word>[\w.$:-]+))/y;

/** @throws GatewayError `scim.invalid-filter`, with the place */
export const refuseAt = (at: number, what: string): never => {
  throw scimFault('scim.invalid-filter', `character ${String(at)} of the filter: ${what}`);
};

const readText = (quoted: string, at: number): string => {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return refuseAt(at, 'the text is not written as JSON writes one');
  }
};

const tokenOf = (groups: Readonly<Record<string, string | undefined>>, end: number): Token => {
  const { text, bracket, word = '' } = groups;
  if (text !== undefined) return { kind: 'text', text: readText(text, end - text.length + 1), at: end - text.length + 1 };
  if (bracket !== undefined) return { kind: 'bracket', text: bracket, at: end };
  return { kind: 'word', text: word, at: end - word.length + 1 };
};

/** The words of a filter. @throws GatewayError `scim.invalid-filter` */
export const tokensOf = (filter: string): readonly Token[] => {
  if (filter.length > MOST_CHARACTERS) refuseAt(MOST_CHARACTERS + 1, `it is longer than ${String(MOST_CHARACTERS)} characters`);
  const [source, tokens, pattern]: [string, Token[], RegExp] = [filter.trimEnd(), [], new RegExp(TOKEN)];
  while (pattern.lastIndex < source.length) {
    const from = pattern.lastIndex;
    const groups = pattern.exec(source)?.groups;
    if (groups === undefined) return refuseAt(source.length - source.slice(from).trimStart().length + 1, 'this is neither a name, nor a text in quotes, nor a bracket');
    tokens.push(tokenOf(groups, pattern.lastIndex));
  }
  return [...tokens, { kind: 'end', text: '', at: source.length + 1 }];
};
