import { z } from 'zod';
import type { Operation } from '../../ports/operation.ts';
import { findKey } from '../keys/find-key.ts';
import { keyId } from '../keys/key-input.ts';
import type { AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';
import { suggestPermissions, type Suggestion } from '../keys/suggest-permissions.ts';

const input = z.strictObject({ id: keyId, days: z.number().int().min(1).max(365).default(30) });

/** Says what a key has used lately and what it could do without. */
export const suggestKey: Operation<'keys suggest', z.input<typeof input>, Suggestion, AdminNeeds> = {
  name: 'keys suggest',
  summary: 'say which of its permissions a key has used, and which would be enough',
  input,
  permission: 'admin:keys',
  http: { method: 'GET', path: '/api/keys/{id}/suggest' },
  run(raw, { store, world }) {
    const { id, days } = readInput(input, raw);
    return suggestPermissions(findKey(store, id), store, { days, nowMs: world.clock.nowMs() });
  },
};
