import { stripTypeScriptTypes } from 'node:module';

/** A source text, and what is left of it when parts are replaced by spaces: offsets and lines stay the same in all four. */
export interface Blanked {
  readonly text: string;
  /** Without comments. */
  readonly code: string;
  /** Without comments and without what literals say. */
  readonly bare: string;
  /** Only what Node removes before it runs the file: types, `!` and the like. */
  readonly types: string;
}

type Kind = 'comment' | 'literal';
type Span = readonly [kind: Kind, from: number, to: number];

const COMMENT = /\/\/[^\n]*|\/\*[^]*?\*\//y;
const STRING = /'(?:[^'\\\n]|\\[^])*'|"(?:[^"\\\n]|\\[^])*"/y;
const REGEX = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[dgimsuvy]*/y;
/** Template text up to its end or to the next `${`. */
const TEMPLATE = /(?:[^`\\$]|\\[^]|\$(?!\{))*(?:`|\$\{)/y;
/** After these a slash begins a regular expression; after anything else it divides. */
const BEFORE_REGEX = /(?:^|[(,=:[!&|?{};+\-*%~^<>\n]|\b(?:return|typeof|case|in|of|do|else|void|delete|throw|await|yield))\s*$/;

/** Finds comments and literals in one pass; knows just enough of the grammar to tell a slash from a regular expression. */
class Scanner {
  readonly #text: string;
  readonly #spans: Span[] = [];
  /** For each open brace, whether it is the `${` of a template. */
  readonly #braces: boolean[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  spans(): readonly Span[] {
    while (this.#at < this.#text.length) this.#step();
    return this.#spans;
  }

  #step(): void {
    const next = this.#text[this.#at];
    if (next === '/' && this.#take('comment', COMMENT, 0)) return;
    if (next === '/' && BEFORE_REGEX.test(this.#text.slice(Math.max(0, this.#at - 80), this.#at)) && this.#take('literal', REGEX, 0)) return;
    if ((next === "'" || next === '"') && this.#take('literal', STRING, 1)) return;
    this.#at += 1;
    if (next === '{') this.#braces.push(false);
    else if (next === '`' || (next === '}' && this.#braces.pop() === true)) this.#template();
  }

  /** @param margin how many characters at both ends stay, such as quotes */
  #take(kind: Kind, pattern: RegExp, margin: number): boolean {
    pattern.lastIndex = this.#at;
    if (pattern.exec(this.#text) === null) return false;
    this.#spans.push([kind, this.#at + margin, pattern.lastIndex - margin]);
    this.#at = pattern.lastIndex;
    return true;
  }

  #template(): void {
    TEMPLATE.lastIndex = this.#at;
    if (TEMPLATE.exec(this.#text) === null) throw new SyntaxError('a template has no end');
    const opens = this.#text[TEMPLATE.lastIndex - 1] === '{';
    this.#spans.push(['literal', this.#at, TEMPLATE.lastIndex - (opens ? 2 : 1)]);
    if (opens) this.#braces.push(true);
    this.#at = TEMPLATE.lastIndex;
  }
}

const spaces = (text: string): string => text.replace(/[^\n]/g, ' ');

const without = (text: string, spans: readonly Span[]): string => {
  let result = '';
  let at = 0;
  for (const [, from, to] of spans) {
    result += text.slice(at, from) + spaces(text.slice(from, to));
    at = to;
  }
  return result + text.slice(at);
};

/** What stands in `all` where `rest` has nothing. */
const difference = (all: string, rest: string): string => all.replace(/[^\n]/g, (character, at: number) => (rest[at] === ' ' ? character : ' '));

/** Takes a source text apart. The types are found by Node itself, which has a TypeScript parser to remove them with. */
export const blank = (text: string): Blanked => {
  const spans = new Scanner(text).spans();
  const code = without(text, spans.filter(([kind]) => kind === 'comment'));
  const bare = without(text, spans);
  return { text, code, bare, types: difference(bare, stripTypeScriptTypes(code)) };
};

/** The line of an offset, from 1. */
export const lineOf = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;
