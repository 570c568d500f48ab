import { createHmac } from 'node:crypto';
import { isJsonObject, type JsonValue } from './json.ts';

/** One text for the same value, whatever the order of its members (RFC 8785 without its rules for numbers, which stay as they were read). */
const canonical = (value: JsonValue): string => {
  if (Array.isArray(value)) return `[${value.map((item: JsonValue) => canonical(item)).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  return `{${Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
};

/** What the key of the digests is derived for. */
export const MASKED_ARGUMENTS = 'audit arguments';

/** Which value of which record: no two have the same digest because they hold the same. */
export interface Masked {
  readonly id: string;
  /** Where it stood among the arguments, names and numbers with dots between them. */
  readonly path: string;
  readonly value: JsonValue;
}

/** The salted digest of a value that was masked (HMAC-SHA-256, RFC 2104): without the key nobody can try values, with it anybody can prove one. */
export const digestOf = (key: Uint8Array, { id, path, value }: Masked): string => `hmac:${createHmac('sha256', key).update(`${id}\n${path}\n${canonical(value)}`).digest('base64url')}`;
