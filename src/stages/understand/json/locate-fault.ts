/** What is wrong with a JSON text, and at which byte. */
export interface Fault {
  readonly kind: 'malformed' | 'repeated';
  readonly at: number;
}

class Found extends Error {
  readonly fault: Fault;

  constructor(kind: Fault['kind'], at: number) {
    super(kind);
    this.fault = { kind, at };
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const COLON = 0x3a;
const COMMA = 0x2c;
const LETTER_U = 0x75;
const END = -1;

const bytesOf = (characters: string): ReadonlySet<number> => new Set(Buffer.from(characters, 'latin1'));
const SPACES = bytesOf(' \t\n\r');
const ESCAPABLE = bytesOf('"\\/bfnrt');
const HEXADECIMAL = /^[0-9a-fA-F]{4}$/;
const SCALAR = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)$/;
const SCALAR_BYTES = bytesOf('+-.0123456789eEtrufalsn');

interface Name {
  readonly text: string;
  readonly at: number;
}

/** Sorting compares names without hashing them, so chosen names cannot collide (attacks.md N15); equal ones keep their order. */
const byText = (left: Name, right: Name): number => (left.text < right.text ? -1 : Number(left.text > right.text));

/** Reads by the grammar of RFC 8259 and stops at the first fault. Recursion is bounded: the scan refused deep texts before. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  document(): void {
    this.#value();
    if (this.#next() !== END) throw new Found('malformed', this.#at);
  }

  /** The next byte that is not white space; it is not consumed. */
  #next(): number {
    while (SPACES.has(this.#bytes[this.#at] ?? END)) this.#at += 1;
    return this.#bytes[this.#at] ?? END;
  }

  #expect(byte: number): void {
    if (this.#next() !== byte) throw new Found('malformed', this.#at);
    this.#at += 1;
  }

  #value(): void {
    const next = this.#next();
    if (next === OPEN_OBJECT) this.#object();
    else if (next === OPEN_ARRAY) this.#list(CLOSE_ARRAY, () => this.#value());
    else if (next === QUOTE) this.#string();
    else this.#scalar();
  }

  /** Items between the bracket at hand and `close`. */
  #list(close: number, item: () => void): void {
    this.#at += 1;
    for (let first = true; this.#next() !== close; first = false) {
      if (!first) this.#expect(COMMA);
      item();
    }
    this.#at += 1;
  }

  #object(): void {
    const names: Name[] = [];
    this.#list(CLOSE_OBJECT, () => {
      if (this.#next() !== QUOTE) throw new Found('malformed', this.#at);
      const at = this.#at;
      this.#string();
      // A name that is well formed parses to a string.
      names.push({ text: String(JSON.parse(this.#bytes.toString('utf8', at, this.#at))), at });
      this.#expect(COLON);
      this.#value();
    });
    names.sort(byText);
    const repeated = names.find((name, index) => names[index - 1]?.text === name.text);
    if (repeated !== undefined) throw new Found('repeated', repeated.at);
  }

  #string(): void {
    this.#at += 1;
    for (let byte = this.#bytes[this.#at]; byte !== QUOTE; byte = this.#bytes[this.#at]) {
      if (byte === undefined || byte < 0x20) throw new Found('malformed', this.#at);
      this.#at += byte === BACKSLASH ? this.#escapeLength() : 1;
    }
    this.#at += 1;
  }

  #escapeLength(): number {
    if (ESCAPABLE.has(this.#bytes[this.#at + 1] ?? END)) return 2;
    if (this.#bytes[this.#at + 1] === LETTER_U && HEXADECIMAL.test(this.#bytes.toString('latin1', this.#at + 2, this.#at + 6))) return 6;
    throw new Found('malformed', this.#at);
  }

  #scalar(): void {
    const start = this.#at;
    while (SCALAR_BYTES.has(this.#bytes[this.#at] ?? END)) this.#at += 1;
    if (!SCALAR.test(this.#bytes.toString('latin1', start, this.#at))) throw new Found('malformed', start);
  }
}

/**
 * Reads a refused JSON text a second time, slowly, to say where it goes wrong.
 * @param bytes a text that the scan has accepted: UTF-8, not too deep
 * @returns undefined when it finds neither a malformed place nor a repeated name
 */
export const locateFault = (bytes: Buffer): Fault | undefined => {
  try {
    new Reader(bytes).document();
    return undefined;
  } catch (error) {
    if (error instanceof Found) return error.fault;
    throw error;
  }
};
