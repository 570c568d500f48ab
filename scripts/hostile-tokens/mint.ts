import { createHmac, createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import keys from '../../test/attacks/tokens/keys.json' with { type: 'json' };

/** Keys that are published on purpose: they sign what must be refused, so that the corpus can be made anew. */
export type KeyName = keyof typeof keys;

export type Json = Readonly<Record<string, unknown>>;

export const ISSUER = 'https://idp.example';
export const AUDIENCE = 'https://gateway.example/alpha/mcp';

/** One token that must open nothing, and what the record must say. */
export interface Hostile {
  readonly name: string;
  readonly token: string;
  /** A part of the private reason. */
  readonly reason: string;
}

export const privateKey = (name: KeyName): KeyObject => createPrivateKey({ key: { ...keys[name] }, format: 'jwk' });
export const publicKey = (name: KeyName): KeyObject => createPublicKey(privateKey(name));

/** A key as a JWK set shows it. */
export const publicJwk = (name: KeyName): Json => ({ ...publicKey(name).export({ format: 'jwk' }), kid: name, use: 'sig' });

/** Good until the next century, so that nothing but what is meant is wrong with a token. */
export const claims = (more: Json = {}): Json => ({ iss: ISSUER, sub: 'user-1', aud: AUDIENCE, client_id: 'client-1', jti: 'token-1', iat: 1_767_225_600, exp: 4_070_908_800, ...more });

export const header = (more: Json = {}): Json => ({ alg: 'EdDSA', kid: 'ed', typ: 'at+jwt', ...more });

/** Members that are undefined are left out. */
export const encode = (value: unknown): string => Buffer.from(typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value)).toString('base64url');

type Signer = (input: string) => Buffer;

export const byEd = (name: KeyName = 'ed'): Signer => (input) => sign(undefined, Buffer.from(input), privateKey(name));
export const byRsa = (name: KeyName = 'rsa'): Signer => (input) => sign('sha256', Buffer.from(input), privateKey(name));
export const byPss = (name: KeyName = 'rsa'): Signer => (input) => sign('sha256', Buffer.from(input), { key: privateKey(name), padding: 6, saltLength: 32 });
export const byEc = (hash = 'sha256', name: KeyName = 'ec', dsaEncoding: 'ieee-p1363' | 'der' = 'ieee-p1363'): Signer => (input) => sign(hash, Buffer.from(input), { key: privateKey(name), dsaEncoding });
export const byHmac = (hash: string, secret: string | Buffer): Signer => (input) => createHmac(hash, secret).update(input).digest();

/** A compact JWS of any header and payload, texts and bytes included. */
export const mint = (head: unknown, payload: unknown, signer: Signer = byEd()): string => {
  const input = `${encode(head)}.${encode(payload)}`;
  return `${input}.${signer(input).toString('base64url')}`;
};

/** A token that is good but for some claims. */
export const withClaims = (more: Json): string => mint(header(), claims(more));
/** A token that is good but for some of its header. */
export const withHeader = (more: Json, signer?: Signer): string => mint(header(more), claims(), signer);
