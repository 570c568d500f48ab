import type { KnownIssuer } from '../model/token/denial.ts';
import { tokenDigest } from '../model/token/token-digest.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { About } from './deny.ts';

/** The claims of what may be a JWT. Nothing is verified and nothing is believed: they only name what is denied. */
const claimsOf = (token: string): JsonObject => {
  const [, payload = ''] = token.split('.');
  try {
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as JsonValue; // a JSON text gives a JSON value
    return isJsonObject(claims) ? claims : {};
  } catch {
    return {};
  }
};

/**
 * What is denied of a token that is handed in: its digest, and its `jti` too, which the issuer may have given to further texts of it.
 * @param known the issuers whose `jti` may be denied
 */
export const aboutToken = (token: string, why: string | undefined, known: readonly KnownIssuer[]): readonly About[] => {
  const longest = known.reduce((most, { maxLifetimeMs }) => Math.max(most, maxLifetimeMs), 0);
  const { iss, jti } = claimsOf(token);
  const of = known.find(({ issuer: url }) => url === iss);
  const digest: About = { level: 'token', issuer: { issuer: '', maxLifetimeMs: longest }, value: tokenDigest(token), reason: why };
  return of === undefined || typeof jti !== 'string' || jti === '' ? [digest] : [digest, { level: 'token-id', issuer: of, value: jti, reason: why }];
};
