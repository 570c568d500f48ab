import { z } from 'zod';
import type { Operation } from '../../ports/operation.ts';
import { bulkInput, bulkTouched, inBulk, type BulkResult } from '../keys/bulk.ts';
import { overlap } from '../keys/key-input.ts';
import type { AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';
import { rotateKey } from './rotate-key.ts';

const input = z.strictObject({ ...bulkInput, overlap: overlap.default('24h') });

/** Rotates every key that a filter means; each secret is in its item, this once. */
export const rotateKeys: Operation<'keys rotate-all', z.input<typeof input>, BulkResult, AdminNeeds> = {
  name: 'keys rotate-all',
  summary: 'rotate all keys that a filter means',
  input,
  permission: 'admin:keys',
  touched: bulkTouched,
  run(raw, needs, by) {
    const asked = readInput(input, raw);
    return inBulk(asked, needs, async ({ id }) => {
      const { key, secret } = await rotateKey.run({ id, overlap: asked.overlap }, needs, by);
      return { successor: key.id, secret };
    });
  },
};
