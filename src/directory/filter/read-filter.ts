import type { DirectoryKind } from '../../model/directory-entry.ts';
import { attributeAt, severalAt, type Attribute } from './attributes.ts';
import { comparisonOf } from './comparison.ts';
import type { Filter } from './filter.ts';
import { refuseAt, tokensOf, type Token } from './tokens.ts';

const DEEPEST = 10;
const END: Token = { kind: 'end', text: '', at: 0 };

/** Reads a filter from left to right: `not` before `and` before `or`, and brackets before all (RFC 7644 §3.4.2.2). */
class FilterReader {
  readonly #tokens: readonly Token[];
  readonly #kind: DirectoryKind;
  #next = 0;
  #depth = 0;
  /** The attribute of whose single values it is asked, between its brackets. */
  #within: string | undefined;

  constructor(text: string, kind: DirectoryKind, within?: string) {
    this.#tokens = tokensOf(text);
    this.#kind = kind;
    this.#within = within;
  }

  whole(): Filter {
    const filter = this.#either();
    if (this.#token().kind !== 'end') refuseAt(this.#token().at, 'here it should end, or go on with and or or');
    return filter;
  }

  #either(): Filter {
    let left = this.#both();
    while (this.#takes('word', 'or')) left = { kind: 'or', left, right: this.#both() };
    return left;
  }

  #both(): Filter {
    let left = this.#one();
    while (this.#takes('word', 'and')) left = { kind: 'and', left, right: this.#one() };
    return left;
  }

  #one(): Filter {
    const { at, kind, text } = this.#token();
    if (this.#takes('bracket', '(')) return this.#grouped(at, ')');
    // RFC 7644 asks for brackets after not: an attribute could have the name.
    if (kind === 'word' && text.toLowerCase() === 'not' && this.#token(1).text === '(') {
      this.#next += 2;
      return { kind: 'not', filter: this.#grouped(at, ')') };
    }
    return this.#asked();
  }

  #grouped(at: number, close: string): Filter {
    this.#depth += 1;
    if (this.#depth > DEEPEST) refuseAt(at, `brackets are within one another more than ${String(DEEPEST)} times`);
    const filter = this.#either();
    if (!this.#takes('bracket', close)) refuseAt(this.#token().at, `here a ${close} is missing`);
    this.#depth -= 1;
    return filter;
  }

  #asked(): Filter {
    const path = this.#take();
    if (path.kind !== 'word') return refuseAt(path.at, 'here stands the name of an attribute');
    if (this.#token().text === '[' && this.#token().kind === 'bracket') return this.#several(path);
    const attribute = attributeAt(path.text, this.#kind, this.#within) ?? refuseAt(path.at, `a ${this.#kind} cannot be found by ${path.text.slice(0, 60)}`);
    return this.#compared(attribute);
  }

  #compared(attribute: Attribute): Filter {
    return this.#takes('word', 'pr') ? { kind: 'present', attribute } : comparisonOf(attribute, this.#take(), this.#take());
  }

  /** `emails[type eq "work"]`, and with something asked of that same value `emails[type eq "work"].value ew "@company.com"`. */
  #several(path: Token): Filter {
    const name = this.#within === undefined ? severalAt(path.text, this.#kind) : undefined;
    if (name === undefined) return refuseAt(path.at, `${path.text.slice(0, 60)} has no values of its own to choose from`);
    const { at } = this.#take();
    this.#within = name;
    const chosen = this.#grouped(at, ']');
    const sub = this.#token();
    const filter = sub.kind === 'word' && sub.text.startsWith('.') ? this.#of(chosen, this.#take()) : chosen;
    this.#within = undefined;
    return { kind: 'within', name, filter };
  }

  #of(chosen: Filter, { text, at }: Token): Filter {
    const attribute = attributeAt(text.slice(1), this.#kind, this.#within) ?? refuseAt(at, `there is no ${text.slice(0, 60)}`);
    return { kind: 'and', left: chosen, right: this.#compared(attribute) };
  }

  #token(ahead = 0): Token {
    return this.#tokens[this.#next + ahead] ?? this.#tokens.at(-1) ?? END;
  }

  #take(): Token {
    const token = this.#token();
    this.#next += 1;
    return token;
  }

  #takes(kind: Token['kind'], text: string): boolean {
    const token = this.#token();
    const found = token.kind === kind && token.text.toLowerCase() === text;
    if (found) this.#next += 1;
    return found;
  }
}

/**
 * What a directory asks for.
 * @throws GatewayError `scim.invalid-filter` with the place, also for an attribute that is not kept: nobody takes an answer to another question
 * for one to their own
 */
export const readFilter = (text: string, kind: DirectoryKind): Filter => new FilterReader(text, kind).whole();

/** What stands between the brackets of a path, asked of one value of an attribute. @throws GatewayError `scim.invalid-filter` */
export const readValueFilter = (text: string, kind: DirectoryKind, within: string): Filter => new FilterReader(text, kind, within).whole();
