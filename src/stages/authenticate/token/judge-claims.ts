import type { Issuer } from '../../../model/token/issuer.ts';
import { isJsonObject, type JsonObject } from '../../../model/json.ts';
import { TokenFlaw } from './flaw.ts';

/** The times of a token, milliseconds since the epoch. */
export interface TokenTimes {
  /** Absent only where an introspection endpoint says none. */
  readonly expiresAtMs: number | undefined;
  readonly issuedAtMs: number | undefined;
}

/** The year 2286: a time beyond it is a mistake, or milliseconds (J10). */
const LAST_SECOND = 10_000_000_000;

const secondsOf = (claims: JsonObject, name: string): number | undefined => {
  const value = claims[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0 || value > LAST_SECOND) throw new TokenFlaw(`${name} is no time in seconds`);
  return value;
};

const msOf = (seconds: number | undefined): number | undefined => (seconds === undefined ? undefined : seconds * 1000);

/** Clocks differ by up to the leeway, in either direction; nothing else is forgiven (J10). */
export const judgeTimes = (claims: JsonObject, { leewayMs, maxLifetimeMs }: Pick<Issuer, 'leewayMs' | 'maxLifetimeMs'>, nowMs: number): TokenTimes => {
  const [expiresAtMs, issuedAtMs, notBeforeMs] = ['exp', 'iat', 'nbf'].map((name) => msOf(secondsOf(claims, name)));
  if (issuedAtMs !== undefined && issuedAtMs > nowMs + leewayMs) throw new TokenFlaw('issued in the future');
  if (notBeforeMs !== undefined && notBeforeMs > nowMs + leewayMs) throw new TokenFlaw('not good yet');
  if (expiresAtMs !== undefined && expiresAtMs - (issuedAtMs ?? nowMs) > maxLifetimeMs) throw new TokenFlaw('lives longer than maxLifetime');
  if (expiresAtMs !== undefined && nowMs >= expiresAtMs + leewayMs) throw new TokenFlaw('has expired', 'expired');
  return { expiresAtMs, issuedAtMs };
};

/**
 * Claims that only other kinds of tokens have: `nonce` and the hashes are an ID token's (OIDC Core §2, §3.3.2.11), `events` a logout token's
 * or another security event's (RFC 8417 §2.2), `htm` and `htu` a proof's (RFC 9449 §4.2).
 */
const FOREIGN = ['nonce', 'at_hash', 'c_hash', 's_hash', 'events', 'htm', 'htu', 'ath'] as const;

/** That it is an access token, by what its profile says these have (RFC 8725 §3.12, J07). */
export const judgeKind = (claims: JsonObject, { profile, issuer }: Pick<Issuer, 'profile' | 'issuer'>): void => {
  for (const name of FOREIGN) if (claims[name] !== undefined) throw new TokenFlaw(`has ${name}, which no access token has`);
  // A client that vouches for itself (RFC 7523 §3) would be its own issuer.
  if (claims['sub'] === issuer) throw new TokenFlaw('is about its own issuer');
  for (const [name, wanted] of Object.entries(profile.requires)) {
    const value = claims[name];
    if (value === undefined || value === null) throw new TokenFlaw(`has no ${name}, which access tokens of the profile ${profile.name} have`);
    if (wanted !== 'present' && !(typeof value === 'string' && wanted.includes(value))) throw new TokenFlaw(`has another ${name} than access tokens of the profile ${profile.name}`);
  }
  // Entra leaves the groups out of the token when there are many: rules that deny by group would not bite.
  const elsewhere = claims['_claim_names'];
  if (claims['hasgroups'] === true || (isJsonObject(elsewhere) && elsewhere['groups'] !== undefined)) throw new TokenFlaw('leaves its groups out because they are many');
};

const MOST_AUDIENCES = 50;

/** Whom the token is for, each byte for byte (RFC 7519 §4.1.3). */
export const audienceOf = (claims: JsonObject, { audience }: Pick<Issuer['profile'], 'audience'>): readonly string[] => {
  const name = audience.find((one) => claims[one] !== undefined);
  const value = name === undefined ? undefined : claims[name];
  if (typeof value === 'string') return [value];
  if (!Array.isArray(value) || value.length > MOST_AUDIENCES) throw new TokenFlaw('names no recipient');
  const list: readonly unknown[] = value;
  if (!list.every((one) => typeof one === 'string')) throw new TokenFlaw('names a recipient that is no text');
  return list;
};

/** What the token is bound to; a way to bind it that is not known here cannot be checked, so it is refused (RFC 7800 §3.1). */
export interface Confirmation {
  /** RFC 9449 §6.1. */
  readonly jkt?: string;
  /** RFC 8705 §3.1. */
  readonly thumbprint?: string;
}

const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/;

export const confirmationOf = (claims: JsonObject): Confirmation | undefined => {
  const cnf = claims['cnf'];
  if (cnf === undefined) return undefined;
  if (!isJsonObject(cnf)) throw new TokenFlaw('cnf is no object');
  const { jkt, 'x5t#S256': thumbprint, ...unknown } = cnf;
  const others = Object.keys(unknown);
  if (others.length > 0 || (jkt === undefined && thumbprint === undefined)) throw new TokenFlaw(`is bound in a way that is not known here: ${others.join(', ').slice(0, 100)}`);
  for (const value of [jkt, thumbprint]) if (value !== undefined && !(typeof value === 'string' && THUMBPRINT.test(value))) throw new TokenFlaw('cnf has something in it that is no thumbprint');
  return { ...(typeof jkt === 'string' ? { jkt } : {}), ...(typeof thumbprint === 'string' ? { thumbprint } : {}) };
};
