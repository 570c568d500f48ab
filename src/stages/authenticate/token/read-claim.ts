import { isJsonObject, type JsonObject, type JsonValue } from '../../../model/json.ts';
import type { ClaimPath } from '../../../model/token/token-profile.ts';
import { TokenFlaw } from './flaw.ts';

const MOST = 1_000;
const LONGEST = 512;

const own = (object: JsonObject, name: string): JsonValue | undefined => (Object.hasOwn(object, name) ? object[name] : undefined);

/** The value at a path. A claim may be called by a URL, which has dots in it: the whole path is tried as a name first. */
export const claimAt = (claims: JsonObject, path: ClaimPath): JsonValue | undefined => {
  const whole = own(claims, path);
  if (whole !== undefined || !path.includes('.')) return whole;
  let value: JsonValue | undefined = claims;
  for (const step of path.split('.')) value = isJsonObject(value) ? own(value, step) : undefined;
  return value;
};

/** The first of several places that holds something. */
export const firstClaim = (claims: JsonObject, paths: readonly ClaimPath[]): JsonValue | undefined => {
  for (const path of paths) {
    const value = claimAt(claims, path);
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
};

const isPlain = (text: string): boolean => text !== '' && text.length <= LONGEST && !/[\u0000-\u001f\u007f]/.test(text);

/** One text, or undefined where there is none. @throws TokenFlaw for what is there and is none */
export const textClaim = (claims: JsonObject, paths: readonly ClaimPath[], what: string): string | undefined => {
  const value = firstClaim(claims, paths);
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !isPlain(value)) throw new TokenFlaw(`the claim of the ${what} is no plain text`);
  return value;
};

/**
 * A list of texts, written as a list or, where `spaced`, as one text with spaces (RFC 8693 §4.2). Half a list would be dangerous: rules deny
 * by group too.
 * @throws TokenFlaw for what is there and is no such list
 */
export const listClaim = (claims: JsonObject, paths: readonly ClaimPath[], { what, spaced = false }: { readonly what: string; readonly spaced?: boolean }): readonly string[] => {
  const value = firstClaim(claims, paths);
  if (value === undefined) return [];
  const list = typeof value === 'string' ? (spaced ? value.split(' ').filter((text) => text !== '') : [value]) : value;
  if (!Array.isArray(list) || list.length > MOST) throw new TokenFlaw(`the claim of the ${what} is no list`);
  const texts: readonly JsonValue[] = list;
  return texts.map((text) => {
    if (typeof text !== 'string' || !isPlain(text)) throw new TokenFlaw(`the claim of the ${what} has something in it that is no plain text`);
    return text;
  });
};
