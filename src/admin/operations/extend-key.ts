import { z } from 'zod';
import { DAY_MS } from '../../model/duration.ts';
import type { StoredKey } from '../../model/api-key.ts';
import { inOverlap } from '../../model/key-state.ts';
import type { Operation } from '../../ports/operation.ts';
import { handsOfKey } from '../keys/hands-of-key.ts';
import { changeKey, findUnendedKey, refuseHolder } from '../keys/find-key.ts';
import { keyId, MAX_DAYS, OVERLAPS } from '../keys/key-input.ts';
import { listed, type ListedKey } from '../keys/listed-key.ts';
import { OperationRefused, type AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

const input = z.strictObject({
  id: keyId,
  /** Days from now until it expires. */
  days: z.number().int().min(1).max(MAX_DAYS).optional(),
  /** How much longer, from now, a rotated key goes on beside its successor. */
  overlap: z.enum(['1h', '24h', '7d']).optional(),
}).refine(({ days, overlap }) => (days === undefined) !== (overlap === undefined), { message: 'say either days, or overlap for a key that is being rotated' });

const laterExpiry = (key: StoredKey, expiresAtMs: number): StoredKey => {
  if (expiresAtMs <= (key.expiresAtMs ?? Number.POSITIVE_INFINITY)) throw new OperationRefused(`the key ${key.id} ${key.expiresAtMs === undefined ? 'never expires' : 'lasts longer than that already'}: "sallyport keys show ${key.id}" tells until when`);
  return { ...key, expiresAtMs };
};

const laterOverlap = (key: StoredKey, asked: '1h' | '24h' | '7d', nowMs: number): StoredKey => {
  if (!inOverlap(key, nowMs)) throw new OperationRefused(`the key ${key.id} is not being rotated: "sallyport keys rotate ${key.id}" begins a rotation`);
  return { ...key, overlapEndsAtMs: Math.max(key.overlapEndsAtMs ?? 0, nowMs + OVERLAPS[asked]) };
};

/** Lets a key last longer, or the overlap of a rotation. What has ended stays ended (K06). */
export const extendKey: Operation<'keys extend', z.input<typeof input>, { readonly key: ListedKey }, AdminNeeds> = {
  name: 'keys extend',
  summary: 'let a key, or the overlap of its rotation, last longer',
  input,
  permission: 'admin:keys',
  hands: handsOfKey,
  run(raw, { store, world }, by) {
    const { id, days, overlap } = readInput(input, raw);
    const now = world.clock.nowMs();
    const key = changeKey(store, id, () => {
      const before = findUnendedKey(store, id, now);
      refuseHolder(before, by);
      return overlap === undefined ? laterExpiry(before, now + (days ?? 0) * DAY_MS) : laterOverlap(before, overlap, now);
    });
    return { key: listed(key, store, now) };
  },
};
