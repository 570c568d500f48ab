import { z } from 'zod';
import type { Operation } from '../../ports/operation.ts';
import { aboutToken } from '../deny-token.ts';
import { claim, deniedIds, deny, findIssuer, issuer, reason, type Denied } from '../deny.ts';
import { OperationRefused, type AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

const input = z.strictObject({
  /** The token itself: in no record, and not kept. */
  // In quotes it would be another text than the one that comes, and what was said to be refused would go on.
  token: z.string().min(8).max(16_384).regex(/^(?!["'`])[\x21-\x7e]+$/, 'is not a token: give it bare, without quotes').exactOptional(),
  /** Its `jti`, with the issuer. */
  tokenId: claim.exactOptional(),
  issuer: issuer.exactOptional(),
  reason,
}).refine(({ token, tokenId, issuer: of }) => (token === undefined) === (tokenId !== undefined && of !== undefined), { message: 'give the token, or its jti and the issuer' });

/** Refuses one token, given itself or by its `jti`. */
export const revokeToken: Operation<'revoke token', z.input<typeof input>, Denied, AdminNeeds> = {
  name: 'revoke token',
  summary: 'refuse one access token, given itself or by its jti',
  input,
  permission: 'admin:revocations',
  http: { method: 'POST', path: '/api/revocations/token' },
  // It only takes away.
  hands: () => [],
  touched: deniedIds,
  run(raw, needs, by) {
    const { token, tokenId, issuer: named, reason: why } = readInput(input, raw);
    if (token !== undefined) return deny(aboutToken(token, why, needs.store.denials.issuers.list()), needs, by);
    if (tokenId === undefined || named === undefined) throw new OperationRefused('give the token, or its jti and the issuer');
    return deny([{ level: 'token-id', issuer: findIssuer(named, needs), value: tokenId, reason: why }], needs, by);
  },
};
