import { z } from 'zod';
import { counted } from '../../model/counted.ts';
import type { Operation } from '../../ports/operation.ts';
import { changeKey } from '../keys/find-key.ts';
import { handsOfKey } from '../keys/hands-of-key.ts';
import { keyId } from '../keys/key-input.ts';
import { listed, type ListedKey } from '../keys/listed-key.ts';
import { OperationRefused, type AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';
import { suggestPermissions } from '../keys/suggest-permissions.ts';

const input = z.strictObject({ id: keyId, days: z.number().int().min(1).max(365).default(30) });

/** Gives a key the permissions that `keys suggest` names, in place of all that it has, roles included. */
export const narrowKey: Operation<'keys narrow', z.input<typeof input>, { readonly key: ListedKey; readonly before: readonly string[] }, AdminNeeds> = {
  name: 'keys narrow',
  summary: 'leave a key only the permissions that it has used',
  input,
  permission: 'admin:keys',
  hands: handsOfKey,
  run(raw, { store, world }) {
    const { id, days } = readInput(input, raw);
    const nowMs = world.clock.nowMs();
    let before: readonly string[] = [];
    const key = changeKey(store, id, (wide) => {
      const { suggested } = suggestPermissions(wide, store, { days, nowMs });
      if (suggested.length === 0) throw new OperationRefused(`the key ${id} has used nothing in ${counted(days, 'day')}, and would be left with nothing: "sallyport keys disable ${id}" switches it off instead`);
      before = [...wide.permissions, ...wide.roles.map((role) => `role ${role}`)];
      return { ...wide, permissions: suggested, roles: [] };
    });
    return { key: listed(key, store, nowMs), before };
  },
};
