import { DAY_MS } from '../../model/duration.ts';
import type { Ending } from '../../model/expiring.ts';
import { stateOf } from '../../model/key-state.ts';
import type { Store } from '../../ports/store.ts';

/** So many days before their end keys are spoken of first, and so long after it. */
const AHEAD_MS = 30 * DAY_MS;
const AFTER_MS = DAY_MS;

/** Keys that end soon by their own date, or have just ended, and that no other has taken over from; at most `limit`, the soonest first. */
export const expiringKeys = (store: Store, nowMs: number, limit: number): readonly Ending[] =>
  store.apiKeys
    .expiring({ fromMs: nowMs - AFTER_MS, untilMs: nowMs + AHEAD_MS }, limit)
    .filter((key) => ['active', 'expired'].includes(stateOf(key, nowMs)))
    .map(({ id, name, owner, createdAtMs, expiresAtMs = 0 }) => ({ name: id, what: `the key ${id} ("${name}" of ${owner})`, cure: 'rotate or extend it', fromMs: createdAtMs, expiresAtMs }));
