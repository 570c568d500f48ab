import { z } from 'zod';
import { DAY_MS } from '../../model/duration.ts';
import { inOverlap } from '../../model/key-state.ts';
import type { KeyCaller, TargetUse } from '../../ports/key-use.ts';
import type { Operation } from '../../ports/operation.ts';
import { findKey } from '../keys/find-key.ts';
import { keyId } from '../keys/key-input.ts';
import { listed, type ListedKey } from '../keys/listed-key.ts';
import type { AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

const input = z.strictObject({
  id: keyId,
  /** How many days of use are shown. */
  days: z.number().int().min(1).max(365).default(30),
});

export interface ShownKey {
  readonly key: ListedKey;
  /** Calls by tool, resource or prompt in those days, the most called first. */
  readonly targets: readonly TargetUse[];
  readonly callsByDay: readonly { readonly day: string; readonly calls: number }[];
  /** Who called in those days; of a key in overlap, who has called since the rotation and must still move to the new one. */
  readonly callers: readonly KeyCaller[];
  /** Present while the key is in overlap: how many still use it. */
  readonly stillUsedBy?: number;
  readonly warnings: readonly string[];
}

/** One key for several programs cannot be taken from one of them alone (R32). */
const warningsOf = (callers: readonly KeyCaller[]): readonly string[] => {
  const clients = new Set(callers.map(({ client }) => client)).size;
  return clients > 1 ? [`${String(clients)} programs use this key: give each a key of its own`] : [];
};

/** Shows all that is known of one key, but its secret. */
export const showKey: Operation<'keys show', z.input<typeof input>, ShownKey, AdminNeeds> = {
  name: 'keys show',
  summary: 'show a key, its limits and conditions, and who uses it for what',
  input,
  permission: 'admin:keys',
  run(raw, { store, world }) {
    const { id, days } = readInput(input, raw);
    const key = findKey(store, id);
    const now = world.clock.nowMs();
    const since = now - days * DAY_MS;
    const fromDay = Math.floor(since / DAY_MS) + 1;
    const rotatedAtMs = key.successor === undefined ? undefined : store.apiKeys.get(key.successor)?.createdAtMs;
    const callers = store.keyUse.callersOf(id, Math.max(since, rotatedAtMs ?? 0));
    return {
      key: listed(key, store, now),
      targets: store.keyUse.targetsOf(id, fromDay),
      callsByDay: store.keyUse.daysOf(id, fromDay).map(({ day, calls }) => ({ day: new Date(day * DAY_MS).toISOString().slice(0, 10), calls })),
      callers,
      warnings: warningsOf(callers),
      ...(inOverlap(key, now) ? { stillUsedBy: callers.length } : {}),
    };
  },
};
