import { z } from 'zod';
import type { Operation } from '../../ports/operation.ts';
import { OperationRefused, type AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

const input = z.strictObject({ id: z.string().regex(/^den_[0-9a-f]{18}$/, 'is not the id of a revocation, which looks like den_03fd9d2130a884c265') });

/** Takes a revocation back: what it refused is accepted again, as far as nothing else speaks against it. */
export const liftRevocation: Operation<'revocations lift', z.input<typeof input>, { readonly id: string }, AdminNeeds> = {
  name: 'revocations lift',
  summary: 'take a revocation back: what it refused opens again',
  input,
  permission: 'admin:revocations',
  http: { method: 'DELETE', path: '/api/revocations/{id}' },
  run(raw, { store }) {
    const { id } = readInput(input, raw);
    if (!store.denials.lift(id)) throw new OperationRefused(`there is no revocation ${id}`);
    return { id };
  },
};
