import { hash } from 'node:crypto';
import { GatewayError } from '../../../errors/gateway-error.ts';
import { isJsonObject, type JsonObject } from '../../../model/json.ts';
import { Recent } from '../recent.ts';
import { admitKey } from '../issuer/admit-key.ts';
import { TrustedKey } from '../issuer/key-set.ts';
import { TokenFlaw } from '../token/flaw.ts';
import { readJws, type Jws, type ReadJson } from '../token/read-jws.ts';
import { compactVerifyWith } from '../token/signature.ts';
import type { Nonces } from './nonces.ts';
import type { ReplayGuard } from './replay-guard.ts';

export interface ProofNeeds {
  readonly readJson: ReadJson;
  readonly replays: ReplayGuard;
  readonly nonces: Nonces;
  readonly clock: { nowMs(): number };
}

/** What a proof must be about. */
export interface Proven {
  readonly method: string;
  /** The URLs that clients use for this path. */
  readonly urls: readonly string[];
  /** SHA-256 of the access token, base64url. */
  readonly tokenDigest: string;
  /** The thumbprint of the key that the token is bound to. */
  readonly thumbprint: string;
  readonly nonce: boolean;
}

/** How old a proof may be, and how far ahead the sender's clock (RFC 9449 §11.1). */
const WINDOW_MS = 60_000;
const MOST_KEYS = 10_000;

const refused = (reason: string): GatewayError => new GatewayError('token.proof', { reason: `the DPoP proof ${reason}` });

/** RFC 7638 §3.2: the members that make the key, in order. */
const thumbprintOf = ({ crv, e, kty, n, x, y }: JsonObject): string =>
  hash('sha256', JSON.stringify(kty === 'RSA' ? { e, kty, n } : kty === 'EC' ? { crv, kty, x, y } : { crv, kty, x }), 'base64url');

/** RFC 9449 §4.3: query and fragment do not count, the rest byte for byte but for the case of scheme and host. */
const isAbout = (htu: unknown, urls: readonly string[]): boolean => {
  if (typeof htu !== 'string' || htu.length > 2_048 || !URL.canParse(htu)) return false;
  const { origin, pathname, username, password } = new URL(htu);
  return username === '' && password === '' && urls.includes(`${origin}${pathname}`);
};

const judgeClaims = ({ payload }: Jws, { method, urls, tokenDigest }: Proven, nowMs: number): string => {
  const { htm, htu, iat, jti, ath } = payload;
  if (htm !== method) throw refused('is for another method');
  if (!isAbout(htu, urls)) throw refused('is for another URL');
  if (typeof iat !== 'number' || Math.abs(iat * 1000 - nowMs) > WINDOW_MS) throw refused('was not made within the last minute');
  if (ath !== tokenDigest) throw refused('is for another access token');
  if (typeof jti !== 'string' || jti === '' || jti.length > 256) throw refused('has no jti');
  return jti;
};

const read = (text: string, readJson: ReadJson): Jws => {
  try {
    return readJws(text, readJson, true);
  } catch (error) {
    throw error instanceof TokenFlaw ? refused(`is unreadable: ${error.message}`) : error;
  }
};

/** Checks DPoP proofs (RFC 9449 §4.3): that the sender of a token holds the key it is bound to, for this request and once. */
export const buildCheckProof = ({ readJson, replays, nonces, clock }: ProofNeeds): ((text: string | undefined, about: Proven) => Promise<void>) => {
  const keys = new Recent<TrustedKey>(MOST_KEYS);

  const keyOf = ({ header, algorithm, type }: Jws, thumbprint: string): TrustedKey => {
    const { jwk } = header;
    if (type !== 'dpop+jwt') throw refused('is of another type');
    if (!isJsonObject(jwk)) throw refused('has no key');
    if (thumbprintOf(jwk) !== thumbprint) throw refused('is of another key than the token is bound to');
    // Judged in every proof: the thumbprint is that of the key, whatever else stands beside it, such as the private one (§4.3).
    const admitted = admitKey(jwk);
    if (typeof admitted === 'string') throw refused(`has ${admitted}`);
    if (!admitted.algorithms.includes(algorithm)) throw refused('has an algorithm that its key does not fit');
    const known = keys.get(thumbprint);
    return known?.algorithms.includes(algorithm) === true ? known : new TrustedKey(admitted);
  };

  return async (text, about) => {
    if (text === undefined) throw refused('is missing');
    const jws = read(text, readJson);
    const key = keyOf(jws, about.thumbprint);
    if ((await compactVerifyWith(text, [key], jws.algorithm)) === undefined) throw refused('has a wrong signature');
    keys.set(about.thumbprint, key);
    const nowMs = clock.nowMs();
    const jti = judgeClaims(jws, about, nowMs);
    if (about.nonce && !nonces.isGood(jws.payload['nonce'], nowMs)) {
      throw new GatewayError('token.nonce', { reason: 'the DPoP proof has no nonce of ours, or an old one', headers: { 'DPoP-Nonce': nonces.current(nowMs) } });
    }
    // Last, and only for proofs of the right key: a stranger cannot use up somebody else's.
    replays.take(about.thumbprint, jti, nowMs);
  };
};
