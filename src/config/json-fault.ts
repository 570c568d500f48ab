const SPACE = /[ \t\n\r]*/y;
const SCALAR = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NAME = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

/** Walks RFC 8259's grammar to the first character that breaks it. */
class Walker {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get offset(): number {
    return this.#at;
  }

  document(): boolean {
    return this.#value() && this.#take(SPACE) && this.#at === this.#text.length;
  }

  #take(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return false;
    this.#at = pattern.lastIndex;
    return true;
  }

  #mark(character: string): boolean {
    this.#take(SPACE);
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #value(): boolean {
    if (this.#mark('{')) return this.#mark('}') || this.#items(() => this.#member(), '}');
    if (this.#mark('[')) return this.#mark(']') || this.#items(() => this.#value(), ']');
    return this.#take(SCALAR);
  }

  #member(): boolean {
    return this.#take(SPACE) && this.#take(NAME) && this.#mark(':') && this.#value();
  }

  #items(item: () => boolean, end: string): boolean {
    while (item()) {
      if (this.#mark(end)) return true;
      if (!this.#mark(',')) return false;
    }
    return false;
  }
}

/**
 * Where a text stops being JSON, as line and column from 1; undefined when it is JSON. V8's own message quotes the text,
 * which holds keys, and does not always say where; this says where and quotes nothing.
 */
export const jsonFault = (text: string): { readonly line: number; readonly column: number } | undefined => {
  const walker = new Walker(text);
  if (walker.document()) return undefined;
  const before = text.slice(0, walker.offset);
  return { line: before.split('\n').length, column: walker.offset - before.lastIndexOf('\n') };
};
