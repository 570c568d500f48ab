import { z } from 'zod';
import type { Operation } from '../../ports/operation.ts';
import { always, claim, deniedIds, deny, findIssuer, issuer, reason, untilNow, type Denied } from '../deny.ts';
import type { AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

const input = z.strictObject({ subject: claim, issuer, always, reason });

/** Refuses the tokens of one person or service; those that are issued later are good again, unless it is for always. */
export const revokeSubject: Operation<'revoke subject', z.input<typeof input>, Denied, AdminNeeds> = {
  name: 'revoke subject',
  summary: 'refuse the tokens of one subject that were issued until now, or all there will be',
  input,
  permission: 'admin:revocations',
  http: { method: 'POST', path: '/api/revocations/subject' },
  // It only takes away.
  hands: () => [],
  touched: deniedIds,
  run(raw, needs, by) {
    const { subject, issuer: named, always: all, reason: why } = readInput(input, raw);
    return deny([{ level: 'subject', issuer: findIssuer(named, needs), value: subject, ...untilNow(needs.world.clock.nowMs(), all), reason: why }], needs, by);
  },
};
