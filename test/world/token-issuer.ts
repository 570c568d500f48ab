import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

/** How Node signs what each algorithm of JWS asks for (RFC 7518 §3, RFC 8037 §3.1). */
const SIGNING = {
  RS256: { kind: 'rsa', hash: 'sha256' },
  PS256: { kind: 'rsa', hash: 'sha256', padding: 6, saltLength: 32 },
  ES256: { kind: 'ec', hash: 'sha256', curve: 'P-256' },
  ES384: { kind: 'ec', hash: 'sha384', curve: 'P-384' },
  EdDSA: { kind: 'ed25519', hash: undefined },
} as const;

export type TestAlgorithm = keyof typeof SIGNING;

type Claims = Readonly<Record<string, unknown>>;

const newPair = (algorithm: TestAlgorithm): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } => {
  const how = SIGNING[algorithm];
  if (how.kind === 'rsa') return generateKeyPairSync('rsa', { modulusLength: 2048 });
  return how.kind === 'ec' ? generateKeyPairSync('ec', { namedCurve: how.curve }) : generateKeyPairSync('ed25519');
};

const encoded = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** The signature of a JWS over its first two parts. */
export const signatureOf = (algorithm: TestAlgorithm, input: string, key: KeyObject): string => {
  const how = SIGNING[algorithm];
  const options = how.kind === 'ec' ? { key, dsaEncoding: 'ieee-p1363' as const } : 'padding' in how ? { key, padding: how.padding, saltLength: how.saltLength } : { key };
  return sign(how.hash, Buffer.from(input), options).toString('base64url');
};

/** A key that signs, by its id. */
export class TestKey {
  readonly algorithm: TestAlgorithm;
  readonly keyId: string;
  readonly privateKey: KeyObject;
  readonly jwk: Readonly<Record<string, unknown>>;

  constructor(algorithm: TestAlgorithm, keyId: string) {
    const { publicKey, privateKey } = newPair(algorithm);
    [this.algorithm, this.keyId, this.privateKey] = [algorithm, keyId, privateKey];
    this.jwk = { ...publicKey.export({ format: 'jwk' }), kid: keyId, use: 'sig', alg: algorithm };
  }

  /** A compact JWS; header and claims may be texts, to be wrong in ways JSON.stringify is not. */
  sign(claims: Claims | string, header: Claims | string = {}): string {
    const head = typeof header === 'string' ? header : { alg: this.algorithm, kid: this.keyId, typ: 'at+jwt', ...header };
    const input = `${encoded(head)}.${encoded(claims)}`;
    return `${input}.${signatureOf(this.algorithm, input, this.privateKey)}`;
  }

  /** RFC 7638. */
  get thumbprint(): string {
    const { crv, e, kty, n, x, y } = this.jwk;
    const members = kty === 'RSA' ? { e, kty, n } : kty === 'EC' ? { crv, kty, x, y } : { crv, kty, x };
    return createHash('sha256').update(JSON.stringify(members)).digest('base64url');
  }
}

/** What an access token says by RFC 9068 §2.2, good for an hour. */
export const goodClaims = (issuer: string, nowMs: number, more: Claims = {}): Claims => {
  const now = Math.floor(nowMs / 1000);
  return { iss: issuer, sub: 'user-1', aud: 'http://127.0.0.1:3210/alpha/mcp', client_id: 'client-1', jti: 'token-1', iat: now, exp: now + 3600, ...more };
};
