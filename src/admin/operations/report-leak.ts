import { z } from 'zod';
import { DAY_MS } from '../../model/duration.ts';
import { inspectApiKey, type StoredKey } from '../../model/api-key.ts';
import { Secret } from '../../model/secret.ts';
import type { KeyCaller, TargetUse } from '../../ports/key-use.ts';
import type { Operation } from '../../ports/operation.ts';
import { listed, type ListedKey } from '../keys/listed-key.ts';
import { OperationRefused, type AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

const input = z.strictObject({
  /** The key as it was found: the one input of all operations that is a secret. */
  key: z.string().max(1_000),
  /** How far back its use is told. */
  days: z.number().int().min(1).max(90).default(90),
});

export type LeakReport =
  | { readonly known: false }
  | { readonly known: true; readonly key: ListedKey; readonly callers: readonly KeyCaller[]; readonly targets: readonly TargetUse[] };

/** @throws OperationRefused, which never repeats the text */
const checkShape = (presented: Secret): void => {
  const { kind } = inspectApiKey(presented.reveal());
  if (kind === 'foreign') throw new OperationRefused('this is not a key of the form sally_live_… or sally_test_…: a key of MCP_API_KEYS is taken out there, and another product\'s key is revoked there');
  if (kind === 'damaged') throw new OperationRefused('this has the form of our keys and a wrong checksum: no such key was ever made; copy all of it');
};

/** Puts a key that was found somewhere in quarantine at once, and answers who used it since when, from where and for what. */
export const reportLeak: Operation<'leaks report', z.input<typeof input>, LeakReport, AdminNeeds> = {
  name: 'leaks report',
  summary: 'quarantine a key that was found where it should not be, and say who used it',
  input,
  permission: 'admin:keys',
  http: { method: 'POST', path: '/api/leaks' },
  // It only takes away, and whoever reports a key need not hold what it may do.
  hands: () => [],
  touched: (report) => (report.known ? [report.key.id] : []),
  run(raw, { store, hasher, world }) {
    const { key: text, days } = readInput(input, raw);
    const presented = new Secret(text.trim());
    checkShape(presented);
    const nowMs = world.clock.nowMs();
    const found = store.transaction((): StoredKey | undefined => {
      const key = store.apiKeys.findByHash(hasher.hash(presented.reveal()).toString('base64'));
      if (key === undefined || key.revokedAtMs !== undefined || key.quarantinedAtMs !== undefined) return key;
      const quarantined = { ...key, quarantinedAtMs: nowMs };
      store.apiKeys.replace(quarantined);
      return quarantined;
    });
    if (found === undefined) return { known: false };
    const since = nowMs - days * DAY_MS;
    return { known: true, key: listed(found, store, nowMs), callers: store.keyUse.callersOf(found.id, since), targets: store.keyUse.targetsOf(found.id, Math.floor(since / DAY_MS)) };
  },
};
