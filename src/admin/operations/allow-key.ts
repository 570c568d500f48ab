import { z } from 'zod';
import type { Operation } from '../../ports/operation.ts';
import { changeKey } from '../keys/find-key.ts';
import { handsOfKey } from '../keys/hands-of-key.ts';
import { keyId, permission } from '../keys/key-input.ts';
import { widthWarnings } from '../keys/key-warnings.ts';
import { listed, type ListedKey } from '../keys/listed-key.ts';
import { OperationRefused, type AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

const input = z.strictObject({
  id: keyId,
  /** What the key may do besides. */
  permissions: z.array(permission).min(1).max(1_000),
});

export interface AllowedKey {
  readonly key: ListedKey;
  readonly added: readonly string[];
  readonly warnings: readonly string[];
}

/** Widens a key by permissions; its next request has them, its secret stays. */
export const allowKey: Operation<'keys allow', z.input<typeof input>, AllowedKey, AdminNeeds> = {
  name: 'keys allow',
  summary: 'let a key do more, without a new secret',
  input,
  permission: 'admin:keys',
  hands: (asked, needs) => [{ permissions: asked.permissions, roles: [] }, ...handsOfKey(asked, needs)],
  run(raw, { store, world }) {
    const { id, permissions } = readInput(input, raw);
    let added: readonly string[] = [];
    const key = changeKey(store, id, (narrow) => {
      added = [...new Set(permissions)].filter((text) => !narrow.permissions.includes(text));
      if (added.length === 0) throw new OperationRefused(`the key ${id} has that already: "sallyport keys show ${id}" lists what it may do`);
      return { ...narrow, permissions: [...narrow.permissions, ...added] };
    });
    return { key: listed(key, store, world.clock.nowMs()), added, warnings: widthWarnings(added) };
  },
};
