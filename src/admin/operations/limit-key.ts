import { z } from 'zod';
import type { Operation } from '../../ports/operation.ts';
import { changeKey } from '../keys/find-key.ts';
import { handsOfKey } from '../keys/hands-of-key.ts';
import { allLimits, keyId, keyLimits } from '../keys/key-input.ts';
import { listed, type ListedKey } from '../keys/listed-key.ts';
import type { AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

const input = z.strictObject({
  id: keyId,
  /** Limits that are set; those that are not named stay as they are. */
  limits: keyLimits,
  /** Takes away all limits the key has before these are set. */
  replace: z.boolean().default(false),
}).refine(({ limits, replace }) => replace || Object.keys(limits).length > 0, { message: 'name a limit, or replace all by none' });

/** Gives a key other limits of its own. */
export const limitKey: Operation<'keys limit', z.input<typeof input>, { readonly key: ListedKey }, AdminNeeds> = {
  name: 'keys limit',
  summary: 'set limits of a key',
  input,
  permission: 'admin:keys',
  hands: handsOfKey,
  run(raw, { store, world }) {
    const { id, limits: asked, replace } = readInput(input, raw);
    const key = changeKey(store, id, ({ limits: before, ...rest }) => {
      const limits = readInput(allLimits, { ...(replace ? {} : before), ...asked });
      return Object.keys(limits).length === 0 ? rest : { ...rest, limits };
    });
    return { key: listed(key, store, world.clock.nowMs()) };
  },
};
