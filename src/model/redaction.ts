import type { JsonObject, JsonValue } from './json.ts';

const MASK = '[redacted]';

/** Member names whose values are secrets whatever they look like. */
const SECRET_NAME = /pass(word|wd|phrase)?$|secret|token$|api[-_]?key|authorization|cookie|credential|private[-_]?key|client[-_]?assertion/i;

/** Values that are secrets whatever they are called: our keys, JWTs, bearer values, and the common providers' formats. */
const SECRET_VALUE = [
  /sally_(?:live|test)_[0-9A-Za-z]{4,}/g,
  /\bsk[-_](?:live|test|read|write|admin|proj|ant)[-_][A-Za-z0-9_-]{8,}/g,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?/g,
  /\b(?:Bearer|Basic) +[A-Za-z0-9._~+/=-]{8,}/gi,
  /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|xox[abeprs]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,}|A[KS]IA[0-9A-Z]{16}|AIza[0-9A-Za-z_-]{35})/g,
  /\b(?:gl[a-z]{2,5}-[A-Za-z0-9_-]{20,}|[rs]k_(?:live|test)_[A-Za-z0-9]{10,}|GOCSPX-[A-Za-z0-9_-]{20,}|hf_[A-Za-z0-9]{30,}|npm_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_-]{30,}|dop_v1_[a-f0-9]{40,}|shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|AGE-SECRET-KEY-1[0-9A-Z]{50,})/g,
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g,
  /(AccountKey=)[A-Za-z0-9+/=]{40,}/g,
  /([?&](?:api_key|access_token|key|token|secret)=)[^&\s"']+/gi,
  /(:\/\/[^/\s:@]+:)[^@\s/]+(?=@)/g,
] as const;

/** Cheap test before seven expressions run over a text: most texts hold none of these. */
const SUSPECT = /sally_|[rs]k[-_]|eyJ|bearer|basic|gh[pousr]_|github_pat|xox|xapp-|A[KS]IA|AIza|[?&]|:\/\/|gl[a-z]{2,5}-|GOCSPX|hf_|npm_|pypi-|dop_v1|shp[acps]|SG\.|AGE-|-----BEGIN|AccountKey/i;

/** Masks every secret a text shows. */
export const redactText = (text: string): string => {
  if (!SUSPECT.test(text)) return text;
  return SECRET_VALUE.reduce((clean, pattern) => clean.replace(pattern, (_match, prefix: unknown) => (typeof prefix === 'string' ? `${prefix}${MASK}` : MASK)), text);
};

export interface RedactionBounds {
  /** Longer texts are cut, with the number of characters left out. */
  readonly maxText: number;
  /** Deeper values and further members are left out. */
  readonly maxDepth: number;
  readonly maxMembers: number;
}

/** What a record keeps of a caller's arguments. */
export const RECORD_BOUNDS: RedactionBounds = { maxText: 256, maxDepth: 6, maxMembers: 32 };

/** How far behind the cut is looked, so that the first half of a secret is known for one. */
const MARGIN = 128;

/** The beginning of a text without its secrets. Masking before cutting: half a secret has no format to know it by. */
export const redactStart = (text: string, maxText: number): string => {
  const seen = text.slice(0, maxText + MARGIN);
  const clean = redactText(seen);
  // What masking has moved up from the end may itself be half a secret.
  return clean.slice(0, Math.max(0, Math.min(maxText, clean.length - (seen.length - maxText))));
};

const cut = (text: string, maxText: number): string => (text.length <= maxText ? redactText(text) : `${redactStart(text, maxText)}… (+${String(text.length - maxText)} characters)`);

/** Further members that are masked by their names, and what stands there instead. */
export interface Masking {
  hides(name: string): boolean;
  /** @param path names and numbers with dots between them */
  mask(path: string, value: JsonValue): string;
}

class Redaction {
  readonly #bounds: RedactionBounds;
  readonly #masking: Masking | undefined;

  constructor(bounds: RedactionBounds, masking: Masking | undefined) {
    this.#bounds = bounds;
    this.#masking = masking;
  }

  redact(value: JsonValue, depth: number, path: string): JsonValue {
    if (typeof value === 'string') return cut(value, this.#bounds.maxText);
    if (typeof value !== 'object' || value === null) return value;
    if (depth >= this.#bounds.maxDepth) return '…';
    if (Array.isArray(value)) return value.slice(0, this.#bounds.maxMembers).map((item: JsonValue, at) => this.redact(item, depth + 1, this.#placeOf(path, String(at))));
    return this.#members(value as JsonObject, depth, path); // Array.isArray does not narrow readonly arrays away.
  }

  /** Nobody asks for it unless something is masked. */
  #placeOf(path: string, name: string): string {
    if (this.#masking === undefined) return '';
    return path === '' ? name : `${path}.${name}`;
  }

  #members(value: JsonObject, depth: number, path: string): JsonObject {
    const clean: [string, JsonValue][] = [];
    for (const [name, member] of Object.entries(value).slice(0, this.#bounds.maxMembers)) {
      const place = this.#placeOf(path, name);
      clean.push([cut(name, this.#bounds.maxText), this.#member(name, member, { depth, place })]);
    }
    return Object.fromEntries(clean);
  }

  #member(name: string, member: JsonValue, { depth, place }: { readonly depth: number; readonly place: string }): JsonValue {
    if (SECRET_NAME.test(name)) return MASK;
    return this.#masking?.hides(name) === true ? this.#masking.mask(place, member) : this.redact(member, depth + 1, place);
  }
}

/**
 * A copy of a JSON value that may be written down: secrets masked by name and by shape, sizes bounded.
 * @param bounds keep one record small whatever the caller sends
 */
export const redactJson = (value: JsonValue, bounds: RedactionBounds, masking?: Masking): JsonValue => new Redaction(bounds, masking).redact(value, 0, '');

/** What stands for a value that was masked, with a digest by which whoever knows the value can prove that it was this one. */
export const maskWithDigest = (digest: string): string => `[redacted ${digest}]`;

const MASKED = /^\[redacted (hmac:[\w-]{43})\]$/;

/** The digest that stands for a masked value. */
export const digestIn = (masked: JsonValue | undefined): string | undefined => (typeof masked === 'string' ? MASKED.exec(masked)?.[1] : undefined);

/** Whether an object of a record may have had more members than were kept. */
export const isCutShort = (value: JsonObject): boolean => Object.keys(value).length >= RECORD_BOUNDS.maxMembers;

const isCutText = (text: string): boolean => text === '…' || text.includes(MASK) || MASKED.test(text) || / \(\+\d+ characters\)$/.test(text);

/** Whether something of a value was masked, cut or left out when it was written down. A caller who writes so himself is not told apart. */
export const isRedacted = (value: JsonValue): boolean => {
  if (typeof value === 'string') return isCutText(value);
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.length >= RECORD_BOUNDS.maxMembers || value.some((item: JsonValue) => isRedacted(item));
  const members = value as JsonObject; // Array.isArray does not narrow readonly arrays away.
  return isCutShort(members) || Object.entries(members).some(([name, member]) => isCutText(name) || isRedacted(member));
};

/** Makes a text safe to print on a terminal: control characters, escapes and direction marks become visible (G01). */
export const printable = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
