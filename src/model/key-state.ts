import type { StoredKey } from './api-key.ts';

/** What a stored key is now. `rotated` is one whose overlap has ended. */
export type KeyState = 'active' | 'expired' | 'revoked' | 'disabled' | 'quarantined' | 'rotated';

const NEVER = Number.POSITIVE_INFINITY;

/** From when on a key is refused by time alone: its expiry or the end of its overlap, whichever comes first. */
export const endOf = (key: Pick<StoredKey, 'expiresAtMs' | 'overlapEndsAtMs'>): number => Math.min(key.expiresAtMs ?? NEVER, key.overlapEndsAtMs ?? NEVER);

/** The state of a key, the most final reason first. No leeway: it has ended from that millisecond on (K06). */
export const stateOf = (key: StoredKey, nowMs: number): KeyState => {
  if (key.revokedAtMs !== undefined) return 'revoked';
  if (key.quarantinedAtMs !== undefined) return 'quarantined';
  if (nowMs >= (key.expiresAtMs ?? NEVER)) return 'expired';
  if (nowMs >= (key.overlapEndsAtMs ?? NEVER)) return 'rotated';
  return key.disabledAtMs === undefined ? 'active' : 'disabled';
};

/** Whether a rotation of this key is under way: it still works, and its successor too. */
export const inOverlap = (key: StoredKey, nowMs: number): boolean => key.successor !== undefined && key.revokedAtMs === undefined && nowMs < (key.overlapEndsAtMs ?? NEVER);
