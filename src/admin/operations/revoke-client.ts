import { z } from 'zod';
import type { Operation } from '../../ports/operation.ts';
import { always, claim, deniedIds, deny, findIssuer, issuer, reason, untilNow, type Denied } from '../deny.ts';
import type { AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

const input = z.strictObject({ client: claim, issuer, always, reason });

/** Refuses the tokens that were issued to one OAuth client. */
export const revokeClient: Operation<'revoke client', z.input<typeof input>, Denied, AdminNeeds> = {
  name: 'revoke client',
  summary: 'refuse the tokens of one OAuth client that were issued until now, or all there will be',
  input,
  permission: 'admin:revocations',
  http: { method: 'POST', path: '/api/revocations/client' },
  // It only takes away.
  hands: () => [],
  touched: deniedIds,
  run(raw, needs, by) {
    const { client, issuer: named, always: all, reason: why } = readInput(input, raw);
    return deny([{ level: 'client', issuer: findIssuer(named, needs), value: client, ...untilNow(needs.world.clock.nowMs(), all), reason: why }], needs, by);
  },
};
