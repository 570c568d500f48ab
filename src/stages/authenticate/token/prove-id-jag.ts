import { TokenFlaw } from './flaw.ts';
import { judgeTimes } from './judge-claims.ts';
import type { ProvenClaims } from './verified-token.ts';
import { verifySigned, type VerifyNeeds } from './verify-jwt.ts';

/** What an ID-JAG must fit. */
export interface IdJagRules {
  /** Our own issuer: it alone may be the audience. */
  readonly audience: string;
  /** Names of the issuers whose ID-JAGs the client may bring. */
  readonly issuers: ReadonlySet<string>;
  /** The client that has proven itself. */
  readonly clientId: string;
}

/** An ID-JAG that is good, once. */
export interface ProvenIdJag {
  readonly proven: ProvenClaims;
  readonly tokenId: string;
  readonly expiresAtMs: number;
}

/** It is made for one exchange; whoever keeps it longer has something else in mind. */
const LONGEST_MS = 600_000;

const sayOf = (value: unknown): string => (typeof value === 'string' && value !== '' ? value : '');

/**
 * Proves an identity assertion of an enterprise's provider (ID-JAG; mcp-spec.md §2): by its type, a key of an issuer that this client may bring
 * it of, for us alone, for this client, and for minutes.
 * @throws TokenFlaw
 */
export const proveIdJag = async (text: string, rules: IdJagRules, needs: VerifyNeeds): Promise<ProvenIdJag> => {
  const { jws: { payload }, trusted: { issuer, keys }, key } = await verifySigned(text, needs, ['oauth-id-jag+jwt']);
  if (!rules.issuers.has(issuer.name)) throw new TokenFlaw(`of the issuer ${issuer.name}, of which this client may bring none`);
  const { aud, client_id: client, jti, sub } = payload;
  const only = Array.isArray(aud) && aud.length === 1 ? aud[0] : aud;
  if (only !== rules.audience) throw new TokenFlaw('is for another authorization server');
  if (client !== rules.clientId) throw new TokenFlaw('was made for another client');
  if (sayOf(jti) === '' || sayOf(sub) === '') throw new TokenFlaw('has no jti or no sub');
  const times = judgeTimes(payload, { leewayMs: issuer.leewayMs, maxLifetimeMs: LONGEST_MS }, needs.clock.nowMs());
  if (times.expiresAtMs === undefined || times.issuedAtMs === undefined) throw new TokenFlaw('has no exp or no iat');
  return { tokenId: sayOf(jti), expiresAtMs: times.expiresAtMs + issuer.leewayMs, proven: { issuer, claims: payload, ...times, voucher: { holds: () => !key.withdrawn && keys.usable } } };
};
