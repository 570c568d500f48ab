import type { JsonObject } from '../../../model/json.ts';

/** A public key of an issuer that may verify. */
export interface PublicKey {
  readonly keyId: string | undefined;
  /** What it may verify, by its kind and its own word. */
  readonly algorithms: readonly string[];
  readonly jwk: JsonObject;
}

const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];
const RSA = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
/** The algorithm and the bytes of a coordinate, by curve (RFC 7518 §3.4, §6.2.1). */
const CURVES: ReadonlyMap<string, readonly [string, number]> = new Map([['P-256', ['ES256', 32]], ['P-384', ['ES384', 48]], ['P-521', ['ES512', 66]]]);
const MIN_RSA_BYTES = 256;
/** Larger ones cost more to verify than they are worth. */
const MAX_RSA_BYTES = 1_024;

const bytesOf = (value: unknown): Buffer | undefined => {
  if (typeof value !== 'string' || !/^[A-Za-z0-9_-]+$/.test(value)) return undefined;
  const bytes = Buffer.from(value, 'base64url');
  return bytes.toString('base64url') === value ? bytes : undefined;
};

/** 65537 and what is larger and odd: with 1 a signature proves nothing, small ones have a history (RFC 8725 §3.5). */
const isFitExponent = (bytes: Buffer | undefined): boolean => bytes !== undefined && bytes.length <= 6 && bytes.readUIntBE(0, bytes.length) >= 65_537 && bytes.readUIntBE(0, bytes.length) % 2 === 1;

/** What the key can verify by its numbers; a text says why it can verify nothing. */
const kindOf = ({ kty, crv, n, e, x, y }: JsonObject): readonly string[] | string => {
  if (kty === 'RSA') {
    const modulus = bytesOf(n);
    if (modulus === undefined || modulus.length < MIN_RSA_BYTES || modulus.length > MAX_RSA_BYTES || (modulus.length === MIN_RSA_BYTES && (modulus[0] ?? 0) < 0x80)) return 'an RSA key of less than 2048 bits, or of far too many';
    return isFitExponent(bytesOf(e)) ? RSA : 'an RSA key with an odd exponent';
  }
  if (kty === 'EC') {
    const [algorithm, length] = CURVES.get(typeof crv === 'string' ? crv : '') ?? [];
    if (algorithm === undefined || bytesOf(x)?.length !== length || bytesOf(y)?.length !== length) return 'a curve that is not supported, or a point that is none of it';
    return [algorithm];
  }
  if (kty !== 'OKP') return 'a key of another kind than RSA, EC and OKP';
  return crv === 'Ed25519' && bytesOf(x)?.length === 32 ? ['EdDSA', 'Ed25519'] : 'a curve that does not sign';
};

const usesOf = ({ use, key_ops: operations }: JsonObject): string | undefined => {
  if (use !== undefined && use !== 'sig') return 'a key for another use than signatures';
  if (operations === undefined) return undefined;
  const list: readonly unknown[] = Array.isArray(operations) ? operations : [];
  return list.includes('verify') ? undefined : 'a key that may not verify';
};

/**
 * Judges one key of a set; what is weak or odd is not used (J13, RFC 8725 §3.5).
 * @returns why not, in words, when it may not verify
 */
export const admitKey = (jwk: JsonObject): PublicKey | string => {
  if (PRIVATE.some((name) => jwk[name] !== undefined)) return 'a key with private members';
  const { kid, alg } = jwk;
  if (kid !== undefined && (typeof kid !== 'string' || kid === '' || kid.length > 256)) return 'a key with an odd kid';
  const misuse = usesOf(jwk);
  if (misuse !== undefined) return misuse;
  const able = kindOf(jwk);
  if (typeof able === 'string') return able;
  const algorithms = alg === undefined ? able : able.filter((one) => one === alg);
  return algorithms.length === 0 ? 'a key whose alg does not fit it' : { keyId: kid, algorithms, jwk };
};
