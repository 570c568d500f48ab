import { isJsonObject, type JsonObject, type JsonValue } from '../../../model/json.ts';
import { TokenFlaw } from './flaw.ts';

/** Reads one JSON text strictly: no name twice, no bad UTF-8, nothing two readers could read differently. It throws. */
export type ReadJson = (bytes: Buffer) => JsonValue;

/** A signed token, read and not yet believed. */
export interface Jws {
  readonly header: JsonObject;
  readonly payload: JsonObject;
  readonly algorithm: string;
  readonly keyId: string | undefined;
  /** `typ` in lower case, without `application/` (RFC 7515 §4.1.9); empty when there is none. */
  readonly type: string;
}

const MAX_LENGTH = 16_384;
const PART = /^[A-Za-z0-9_-]+$/;
const MAX_KEY_ID = 256;

/**
 * Header parameters that would change how the token is read, or bring a key along. A key of the caller's choosing proves nothing and a URL
 * of his choosing is never called (RFC 8725 §3.10, J04); what is critical is not understood here (RFC 7515 §4.1.11); `zip` and the others
 * belong to encrypted tokens, and `cty` to nested ones (J06).
 */
const REFUSED = ['crit', 'b64', 'zip', 'jku', 'x5u', 'x5c', 'enc', 'epk', 'apu', 'apv', 'p2s', 'p2c', 'cty'] as const;

/** The bytes of a part, when there is just one way to write them: no padding, no other alphabet, no stray bits (J11). */
const bytesOf = (part: string, name: string): Buffer => {
  if (!PART.test(part)) throw new TokenFlaw(`the ${name} is not base64url without padding`);
  const bytes = Buffer.from(part, 'base64url');
  if (bytes.toString('base64url') !== part) throw new TokenFlaw(`the ${name} has stray bits at its end`);
  return bytes;
};

const objectOf = (part: string, name: string, readJson: ReadJson): JsonObject => {
  const bytes = bytesOf(part, name);
  let value: JsonValue;
  try {
    value = readJson(bytes);
  } catch (error) {
    throw new TokenFlaw(`the ${name} is refused by the strict reader: ${error instanceof Error ? error.message : 'unreadable'}`);
  }
  if (!isJsonObject(value)) throw new TokenFlaw(`the ${name} is no JSON object`);
  return value;
};

const textOr = <Missing>(header: JsonObject, name: string, missing: Missing): string | Missing => {
  const value = header[name];
  if (value === undefined) return missing;
  if (typeof value !== 'string' || value === '' || value.length > MAX_KEY_ID) throw new TokenFlaw(`the header's ${name} is no text of a usual length`);
  return value;
};

const partsOf = (text: string): readonly [string, string, string] => {
  if (text.length > MAX_LENGTH) throw new TokenFlaw(`a token of ${String(text.length)} characters`);
  const parts = text.split('.', 6);
  if (parts.length === 5) throw new TokenFlaw('an encrypted token');
  const [header, payload, signature] = parts;
  if (parts.length !== 3 || header === undefined || payload === undefined || signature === undefined) throw new TokenFlaw(`a token of ${String(parts.length)} parts`);
  return [header, payload, signature];
};

/**
 * Reads a compact JWS as one reader only can (RFC 7515 §5.2, RFC 8725 §3). Nothing is looked up, derived or fetched here.
 * @param ownKey whether the header may carry a key: a DPoP proof must, nothing else may
 * @throws TokenFlaw
 */
export const readJws = (text: string, readJson: ReadJson, ownKey = false): Jws => {
  const [head, body, signature] = partsOf(text);
  const header = objectOf(head, 'header', readJson);
  for (const name of REFUSED) if (header[name] !== undefined) throw new TokenFlaw(`the header has ${name}`);
  if (!ownKey && header['jwk'] !== undefined) throw new TokenFlaw('the header has jwk');
  const algorithm = textOr(header, 'alg', '');
  const type = textOr(header, 'typ', '').toLowerCase();
  const keyId = textOr(header, 'kid', undefined);
  bytesOf(signature, 'signature');
  return { header, payload: objectOf(body, 'payload', readJson), algorithm, keyId, type: type.startsWith('application/') ? type.slice('application/'.length) : type };
};
