import { z } from 'zod';
import type { Operation } from '../../ports/operation.ts';
import { claim, deniedIds, deny, findIssuer, issuer, reason, type Denied } from '../deny.ts';
import type { AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

const input = z.strictObject({ session: claim, issuer, reason });

/** Refuses all tokens of one session at the issuer, by their `sid`. */
export const revokeSession: Operation<'revoke session', z.input<typeof input>, Denied, AdminNeeds> = {
  name: 'revoke session',
  summary: 'refuse every token of one session, as tokens name it in sid',
  input,
  permission: 'admin:revocations',
  http: { method: 'POST', path: '/api/revocations/session' },
  // It only takes away.
  hands: () => [],
  touched: deniedIds,
  run(raw, needs, by) {
    const { session, issuer: named, reason: why } = readInput(input, raw);
    return deny([{ level: 'session', issuer: findIssuer(named, needs), value: session, reason: why }], needs, by);
  },
};
