import type { StoredRecord } from '../../ports/authority-store.ts';
import { Records, type Payload, type RecordNeeds } from './records.ts';

/** What the provider asks of whoever keeps its records; its own shape. */
export interface ProviderStore {
  upsert(id: string, payload: Payload, expiresIn?: number): Promise<void>;
  find(id: string): Promise<Payload | undefined>;
  findByUid(uid: string): Promise<Payload | undefined>;
  findByUserCode(userCode: string): Promise<Payload | undefined>;
  consume(id: string): Promise<void>;
  destroy(id: string): Promise<void>;
  revokeByGrantId(grantId: string): Promise<void>;
}

/** A grant waits so long for the first token of it. */
const PENDING_MS = 3_600_000;
/** A registered client that nobody has ever agreed to is forgotten after so long (clients.md W11: it registers again). */
const UNUSED_CLIENT_MS = 86_400_000;
/** One that somebody has agreed to is kept so long after the last time. */
const USED_CLIENT_MS = 400 * 86_400_000;
/** A browser that is seen is noted at most so often. */
const SEEN_EVERY_MS = 60_000;

export interface ProviderStoreNeeds extends RecordNeeds {
  readonly idleMs: number;
  /** Thrown at whoever comes second to what may be used once. */
  readonly alreadyUsed: () => Error;
}

/** Keeps the provider's records of one kind in the store. */
export const buildProviderStore = (kind: string, needs: ProviderStoreNeeds): ProviderStore => {
  const { store, clock } = needs;
  const records = new Records(kind, needs);
  const payloadOf = (found: StoredRecord | undefined): Payload | undefined => {
    if (found === undefined) return undefined;
    const payload = records.open(found);
    return found.consumedAtMs === undefined ? payload : { ...payload, consumed: Math.floor(found.consumedAtMs / 1000) };
  };
  const untilOf = (expiresIn: number | undefined): number | undefined => {
    const nowMs = clock.nowMs();
    if (kind === 'Grant') return nowMs + PENDING_MS;
    if (kind === 'Client') return nowMs + UNUSED_CLIENT_MS;
    return expiresIn === undefined ? undefined : nowMs + expiresIn * 1000;
  };
  /** A session that was idle for too long is over, and one that is seen goes on. */
  const awake = (found: StoredRecord | undefined): StoredRecord | undefined => {
    if (found === undefined || kind !== 'Session') return found;
    const nowMs = clock.nowMs();
    const idleMs = nowMs - found.seenAtMs;
    if (idleMs >= needs.idleMs) return undefined;
    if (idleMs >= SEEN_EVERY_MS) store.touch(kind, found.id, nowMs);
    return found;
  };
  return {
    async upsert(id, payload, expiresIn) {
      const record = records.seal(id, payload, untilOf(expiresIn));
      store.put(record, clock.nowMs());
      if (kind === 'Grant' && typeof payload['clientId'] === 'string') store.extend('Client', payload['clientId'], clock.nowMs() + USED_CLIENT_MS);
      if (record.grantId !== undefined && record.expiresAtMs !== undefined) store.extend('Grant', record.grantId, record.expiresAtMs);
    },
    find: async (id) => payloadOf(awake(records.find(id))),
    findByUid: async (uid) => payloadOf(awake(records.findByUid(uid))),
    findByUserCode: async (userCode) => payloadOf(records.findByUserCode(userCode)),
    async consume(id) {
      if (!store.consume(kind, records.idOf(id), clock.nowMs())) throw needs.alreadyUsed();
    },
    destroy: async (id) => store.destroy(kind, records.idOf(id)),
    revokeByGrantId: async (grantId) => store.revokeGrant(grantId),
  };
};
