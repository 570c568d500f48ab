/** A value of a JSON text with comments, and where it stands: `from` up to and without `to`, in characters. */
export type Node = { readonly from: number; readonly to: number } & (
  | { readonly kind: 'object'; readonly members: readonly { readonly name: string; readonly value: Node }[] }
  | { readonly kind: 'array'; readonly items: readonly Node[] }
  | { readonly kind: 'plain'; readonly value: unknown }
);

/** Comments, a byte order mark and blanks, which mean nothing. */
const BLANK = /(?:[\s\uFEFF]|\/\/[^\n]*|\/\*[^]*?\*\/)*/y;
const PLAIN = /"(?:[^"\\\n]|\\.)*"|-?\d[\d.eE+-]*|true|false|null/y;
/** No configuration is nested like this. */
const DEEPEST = 100;

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [found = ''] = pattern.exec(this.#text) ?? [];
    this.#at += found.length;
    return found;
  }

  /** Whether the next character is this one, which is then behind us. */
  #passes(character: string): boolean {
    this.#take(BLANK);
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #expect(character: string): void {
    if (!this.#passes(character)) throw new SyntaxError(`expected ${character} at ${String(this.#at)}`);
  }

  #plain(): Node & { readonly kind: 'plain' } {
    this.#take(BLANK);
    const from = this.#at;
    return { kind: 'plain', value: JSON.parse(this.#take(PLAIN)), from, to: this.#at };
  }

  /** Up to the closing bracket; a comma before it is what editors forgive. */
  #list(close: string, each: () => void): void {
    while (!this.#passes(close)) {
      each();
      if (this.#passes(',')) continue;
      this.#expect(close);
      return;
    }
  }

  value(depth = 0): Node {
    if (depth > DEEPEST) throw new SyntaxError('nested too deeply');
    if (this.#passes('{')) {
      const from = this.#at - 1;
      const members: { name: string; value: Node }[] = [];
      this.#list('}', () => {
        const name = String(this.#plain().value);
        this.#expect(':');
        members.push({ name, value: this.value(depth + 1) });
      });
      return { kind: 'object', members, from, to: this.#at };
    }
    if (!this.#passes('[')) return this.#plain();
    const from = this.#at - 1;
    const items: Node[] = [];
    this.#list(']', () => items.push(this.value(depth + 1)));
    return { kind: 'array', items, from, to: this.#at };
  }

  end(): void {
    this.#take(BLANK);
    if (this.#at < this.#text.length) throw new SyntaxError(`something follows at ${String(this.#at)}`);
  }
}

/** Reads JSON as editors do, with comments and commas before a bracket. @throws SyntaxError */
export const readCommentedJson = (text: string): Node => {
  const reader = new Reader(text);
  const node = reader.value();
  reader.end();
  return node;
};

/** The value without its places. */
export const valueOf = (node: Node): unknown => {
  if (node.kind === 'plain') return node.value;
  if (node.kind === 'array') return node.items.map(valueOf);
  return Object.fromEntries(node.members.map(({ name, value }) => [name, valueOf(value)]));
};

/** What stands at a path; of two members of one name the last, which is the one that counts. */
export const nodeAt = (node: Node | undefined, path: readonly (string | number)[]): Node | undefined => {
  const [step, ...rest] = path;
  if (node === undefined || step === undefined) return node;
  if (node.kind === 'array') return nodeAt(typeof step === 'number' ? node.items[step] : undefined, rest);
  return node.kind === 'object' ? nodeAt(node.members.findLast(({ name }) => name === step)?.value, rest) : undefined;
};
