import { z } from 'zod';
import type { Operation } from '../../ports/operation.ts';
import { bulkInput, bulkTouched, inBulk, type BulkResult } from '../keys/bulk.ts';
import type { AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';
import { revokeKey } from './revoke-key.ts';

const input = z.strictObject(bulkInput);

/** Revokes every key that a filter means, for good. */
export const revokeKeys: Operation<'keys revoke-all', z.input<typeof input>, BulkResult, AdminNeeds> = {
  name: 'keys revoke-all',
  summary: 'revoke all keys that a filter means',
  input,
  permission: 'admin:keys',
  touched: bulkTouched,
  run(raw, needs, by) {
    return inBulk(readInput(input, raw), needs, async ({ id }) => {
      await revokeKey.run({ id }, needs, by);
      return {};
    });
  },
};
