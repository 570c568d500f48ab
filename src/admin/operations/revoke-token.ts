import { createHash } from 'node:crypto';
import { z } from 'zod';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { Operation } from '../../ports/operation.ts';
import { claim, deny, findIssuer, issuer, reason, type About, type Denied } from '../deny.ts';
import { OperationRefused, type AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

const input = z.strictObject({
  /** The token itself: in no record, and not kept. */
  token: z.string().min(8).max(16_384).regex(/^[\x21-\x7e]+$/, 'is not a token').exactOptional(),
  /** Its `jti`, with the issuer. */
  tokenId: claim.exactOptional(),
  issuer: issuer.exactOptional(),
  reason,
}).refine(({ token, tokenId, issuer: of }) => (token === undefined) === (tokenId !== undefined && of !== undefined), { message: 'give the token, or its jti and the issuer' });

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

/** By digest, and by `jti` too: an ECDSA signature has a second form, which is another token to a digest. */
const aboutToken = (token: string, why: string | undefined, { store }: AdminNeeds): readonly About[] => {
  const known = store.denials.issuers.list();
  const longest = known.reduce((most, { maxLifetimeMs }) => Math.max(most, maxLifetimeMs), 0);
  const { iss, jti } = claimsOf(token);
  const of = known.find(({ issuer: url }) => url === iss);
  const digest: About = { level: 'token', issuer: { issuer: '', maxLifetimeMs: longest }, value: createHash('sha256').update(token).digest('base64url'), reason: why };
  return of === undefined || typeof jti !== 'string' || jti === '' ? [digest] : [digest, { level: 'token-id', issuer: of, value: jti, reason: why }];
};

/** Refuses one token, given itself or by its `jti`. */
export const revokeToken: Operation<'revoke token', z.input<typeof input>, Denied, AdminNeeds> = {
  name: 'revoke token',
  summary: 'refuse one access token, given itself or by its jti',
  input,
  permission: 'admin:revocations',
  http: { method: 'POST', path: '/api/revocations/token' },
  // It only takes away.
  hands: () => [],
  run(raw, needs, by) {
    const { token, tokenId, issuer: named, reason: why } = readInput(input, raw);
    if (token !== undefined) return deny(aboutToken(token, why, needs), needs, by);
    if (tokenId === undefined || named === undefined) throw new OperationRefused('give the token, or its jti and the issuer');
    return deny([{ level: 'token-id', issuer: findIssuer(named, needs), value: tokenId, reason: why }], needs, by);
  },
};
