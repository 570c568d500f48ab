import { z } from 'zod';
import type { Operation } from '../../ports/operation.ts';
import { always, deniedIds, deny, findIssuer, issuer, reason, untilNow, type Denied } from '../deny.ts';
import type { AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

const input = z.strictObject({ issuer, always, reason });

/** Refuses all tokens of an issuer that were issued until now: after a theft of its keys, say. */
export const revokeIssuer: Operation<'revoke issuer', z.input<typeof input>, Denied, AdminNeeds> = {
  name: 'revoke issuer',
  summary: 'refuse the tokens of one issuer that were issued until now, or all there will be',
  input,
  permission: 'admin:revocations',
  http: { method: 'POST', path: '/api/revocations/issuer' },
  // It only takes away.
  hands: () => [],
  touched: deniedIds,
  run(raw, needs, by) {
    const { issuer: named, always: all, reason: why } = readInput(input, raw);
    return deny([{ level: 'issuer', issuer: findIssuer(named, needs), value: '', ...untilNow(needs.world.clock.nowMs(), all), reason: why }], needs, by);
  },
};
