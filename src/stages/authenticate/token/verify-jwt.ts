import { compactVerifyWith } from './signature.ts';
import type { Issuer } from '../../../model/token/issuer.ts';
import type { TrustedKey } from '../issuer/key-set.ts';
import { TokenFlaw } from './flaw.ts';
import { judgeKind, judgeTimes } from './judge-claims.ts';
import { readJws, type Jws, type ReadJson } from './read-jws.ts';
import type { ProvenClaims, Voucher } from './verified-token.ts';

/** An issuer with its keys. */
export interface TrustedIssuer {
  readonly issuer: Issuer;
  readonly keys: VerificationKeys;
}

/** Keys that an issuer signs with, wherever they come from. */
export interface VerificationKeys {
  readonly issuer: Pick<Issuer, 'name'>;
  /** Whether what it has may still be used. */
  readonly usable: boolean;
  /** What is wrong with it, in words. */
  readonly complaint: string | undefined;
  lookUp(keyId: string | undefined, algorithm: string): Promise<readonly TrustedKey[]>;
}

export interface VerifyNeeds {
  /** By `iss`, byte for byte. */
  readonly byIssuer: ReadonlyMap<string, TrustedIssuer>;
  readonly readJson: ReadJson;
  readonly clock: { nowMs(): number };
}

/** The key still counts while its set has it, and while the set itself is not too old. */
const voucherOf = (keys: VerificationKeys, key: TrustedKey): Voucher => ({
  holds: () => !key.withdrawn && keys.usable,
});

/** What the configuration says decides, never the token (RFC 8725 §3.1, J01, J02). */
export const judgeHeader = ({ algorithm, type }: Jws, { algorithms, profile }: Issuer, types: readonly string[] = profile.types): void => {
  if (!algorithms.has(algorithm)) throw new TokenFlaw(`the algorithm ${algorithm.slice(0, 20)} is not one of its issuer's`);
  if (!types.includes(type)) throw new TokenFlaw(`the type ${type.slice(0, 40)} is not one of ${types === profile.types ? `the profile ${profile.name}` : types.join(', ')}`);
};

const keysFor = async ({ keyId, algorithm }: Jws, keys: VerificationKeys): Promise<readonly TrustedKey[]> => {
  const candidates = await keys.lookUp(keyId, algorithm);
  if (!keys.usable) throw new TokenFlaw(`the keys of the issuer ${keys.issuer.name} cannot be had: ${keys.complaint ?? 'none came'}`, 'unchecked');
  if (candidates.length > 0) return candidates;
  throw new TokenFlaw(keyId === undefined ? 'no kid, and not just one key that could have signed' : 'no key of its issuer has its kid and algorithm');
};

/** A JWT whose signer is known; what it says is not judged yet. */
interface Signed {
  readonly jws: Jws;
  readonly trusted: TrustedIssuer;
  readonly key: TrustedKey;
}

/**
 * Reads a JWT strictly, looks up its issuer, and verifies its signature by a key of that issuer.
 * @param types what `typ` may say; what the profile of the issuer says of access tokens unless given
 * @throws TokenFlaw
 */
export const verifySigned = async (text: string, { byIssuer, readJson }: VerifyNeeds, types?: readonly string[]): Promise<Signed> => {
  const jws = readJws(text, readJson);
  const { iss } = jws.payload;
  const trusted = typeof iss === 'string' ? byIssuer.get(iss) : undefined;
  if (trusted === undefined) throw new TokenFlaw('of an issuer that is not configured');
  judgeHeader(jws, trusted.issuer, types);
  const key = await compactVerifyWith(text, await keysFor(jws, trusted.keys), jws.algorithm);
  if (key === undefined) throw new TokenFlaw('its signature is wrong');
  return { jws, trusted, key };
};

/**
 * Verifies one access token: its signature, then what it says of itself (RFC 7519 §7.2, RFC 9068 §4). Whether it is for a server is asked
 * later, for each server.
 * @throws TokenFlaw
 */
export const verifyJwt = async (text: string, needs: VerifyNeeds): Promise<ProvenClaims> => {
  const { jws: { payload }, trusted: { issuer, keys }, key } = await verifySigned(text, needs);
  if (payload['exp'] === undefined) throw new TokenFlaw('has no exp');
  judgeKind(payload, issuer);
  return { issuer, claims: payload, ...judgeTimes(payload, issuer, needs.clock.nowMs()), voucher: voucherOf(keys, key) };
};
