import { NotUnderstood } from '../needs.ts';

/** A filter that cannot be read, and where; columns count from 1. */
export class FilterFault extends NotUnderstood {
  readonly column: number;

  constructor(column: number, why: string) {
    super(`the filter cannot be read at column ${String(column)}: ${why}`);
    this.column = column;
  }
}

/** A value as it was written: between quotation marks it stands for itself, and `*` too. */
export interface Value {
  readonly text: string;
  readonly quoted: boolean;
  readonly column: number;
}

/** One term: `-field:value,value`, or a word alone. */
export interface Term {
  readonly negated: boolean;
  /** Absent for a word that may stand anywhere. */
  readonly field?: { readonly name: string; readonly column: number };
  readonly values: readonly Value[];
}

/** Nobody asks so much by hand, and every record is compared with all of it. */
const [MOST_CHARACTERS, MOST_VALUES] = [2_000, 100];

class FilterText {
  readonly #text: string;
  #at = 0;
  #values = 0;

  constructor(text: string) {
    if (text.length > MOST_CHARACTERS) throw new FilterFault(MOST_CHARACTERS + 1, `a filter has at most ${String(MOST_CHARACTERS)} characters`);
    this.#text = text;
  }

  terms(): readonly Term[] {
    const terms: Term[] = [];
    for (this.#run(/\s*/y); this.#at < this.#text.length; this.#run(/\s*/y)) terms.push(this.#term());
    return terms;
  }

  get #column(): number {
    return this.#at + 1;
  }

  /** Takes what the pattern finds just here. */
  #run(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  #term(): Term {
    const negated = this.#run(/-/y) === '-';
    if (negated && this.#text[this.#at] === '-') throw new FilterFault(this.#column, 'flags such as --follow stand by themselves, and a term has one - before it');
    const column = this.#column;
    const name = this.#run(/[A-Za-z_]+(?=:)/y);
    if (name === '') return { negated, values: [this.#value(/[^\s"]*/y, negated ? 'what the - is about is missing, such as -who:bob' : 'a value is missing')] };
    this.#at += 1;
    return { negated, field: { name, column }, values: this.#list(name) };
  }

  #list(name: string): readonly Value[] {
    const missing = `a value is missing; ${name}:* finds every record that has one`;
    const values = [this.#value(/[^\s",]*/y, missing)];
    while (this.#run(/,/y) === ',') values.push(this.#value(/[^\s",]*/y, missing));
    return values;
  }

  #value(bare: RegExp, missing: string): Value {
    const column = this.#column;
    this.#values += 1;
    if (this.#values > MOST_VALUES) throw new FilterFault(column, `a filter has at most ${String(MOST_VALUES)} values`);
    const quoted = this.#text[this.#at] === '"';
    const text = quoted ? this.#quoted() : this.#run(bare);
    if (!quoted && text === '') throw new FilterFault(column, missing);
    if (/["]/.test(this.#text[this.#at] ?? '')) throw new FilterFault(this.#column, 'a quotation mark stands in the middle of a word: put the whole value between two of them, and \\" for one inside');
    if (quoted && !/[\s,]/.test(this.#text[this.#at] ?? ' ')) throw new FilterFault(this.#column, 'something follows a closing quotation mark: put a space between them');
    return { text, quoted, column };
  }

  #quoted(): string {
    const column = this.#column;
    const found = this.#run(/"(?:[^"\\]|\\.)*"/y);
    if (found === '') throw new FilterFault(column, 'this quotation mark is never closed');
    return found.slice(1, -1).replaceAll(/\\(.)/g, '$1');
  }
}

/**
 * Takes the text of a filter apart; what its fields mean is not looked at.
 * @throws FilterFault that says where it cannot be read
 */
export const termsIn = (text: string): readonly Term[] => new FilterText(text).terms();
