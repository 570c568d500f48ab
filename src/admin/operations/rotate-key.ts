import { z } from 'zod';
import type { StoredKey } from '../../model/api-key.ts';
import { DAY_MS } from '../../model/duration.ts';
import type { Secret } from '../../model/secret.ts';
import type { KeyCaller } from '../../ports/key-use.ts';
import type { Operation, Operator } from '../../ports/operation.ts';
import { findUnendedKey, refuseHolder } from '../keys/find-key.ts';
import { handsOfKey } from '../keys/hands-of-key.ts';
import { keyId, overlap, OVERLAPS } from '../keys/key-input.ts';
import { listed, type ListedKey } from '../keys/listed-key.ts';
import { makeKey, type KeyFacts } from '../keys/make-key.ts';
import { OperationRefused, type AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

const input = z.strictObject({
  id: keyId,
  /** How long the old key goes on beside the new one. */
  overlap: overlap.default('24h'),
});

export interface RotatedKey {
  /** The new key. */
  readonly key: ListedKey;
  /** Its secret, this once. */
  readonly secret: Secret;
  readonly predecessor: ListedKey;
  /** Who called with the old key lately, and has to move (R28). */
  readonly callers: readonly KeyCaller[];
}

const LATELY_MS = 7 * DAY_MS;

/** What the successor takes over: all that the key is and may, and as long a life as it was given. */
const factsOf = (key: StoredKey, nowMs: number): KeyFacts => {
  const { id, hash: _hash, hint: _hint, createdAtMs, expiresAtMs, disabledAtMs: _disabled, quarantinedAtMs: _quarantined, leakReports: _reports, leakReportedAtMs: _reported, predecessor: _former, overlapEndsAtMs: _overlap, ...same } = key;
  return { ...same, predecessor: id, ...(expiresAtMs === undefined ? {} : { expiresAtMs: nowMs + expiresAtMs - createdAtMs }) };
};

/** @throws OperationRefused when the key cannot be rotated now */
const findRotatable = ({ store, world }: AdminNeeds, id: string, by: Operator): StoredKey => {
  const key = findUnendedKey(store, id, world.clock.nowMs());
  refuseHolder(key, by);
  // Whoever rotates is handed the successor, with every right of it: also by an operation on many keys, whose rights nobody has compared.
  if (key.permissions.includes('admin:audit-payload') && by.isAuditor !== true) throw new OperationRefused(`the key ${id} is an auditor's: it is rotated by an auditor, or at the terminal: "sallyport keys rotate ${id}"`);
  if (key.successor !== undefined) throw new OperationRefused(`the key ${id} is being rotated already: "sallyport keys close ${id}" or "sallyport keys rollback ${id}" ends that`);
  if (key.disabledAtMs !== undefined) throw new OperationRefused(`the key ${id} is disabled: "sallyport keys enable ${id}" first, or make another`);
  return key;
};

/** Makes a successor with the same rights. Both work until the overlap ends, and until then it can be rolled back (R27). */
export const rotateKey: Operation<'keys rotate', z.input<typeof input>, RotatedKey, AdminNeeds> = {
  name: 'keys rotate',
  summary: 'replace a key by a new one; both work for a while',
  input,
  permission: 'admin:keys',
  hands: handsOfKey,
  touched: ({ key }) => [key.id],
  run(raw, needs, by) {
    const asked = readInput(input, raw);
    const { store, world } = needs;
    const now = world.clock.nowMs();
    return store.transaction(() => {
      const old = findRotatable(needs, asked.id, by);
      const { key, secret } = makeKey(factsOf(old, now), needs);
      const predecessor = { ...old, successor: key.id, overlapEndsAtMs: now + OVERLAPS[asked.overlap] };
      store.apiKeys.insert(key);
      store.apiKeys.replace(predecessor);
      return { key: listed(key, store, now), secret, predecessor: listed(predecessor, store, now), callers: store.keyUse.callersOf(old.id, now - LATELY_MS) };
    });
  },
};
