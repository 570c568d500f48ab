import { Records } from './records.ts';
import { buildProviderStore, type ProviderStore, type ProviderStoreNeeds } from './provider-store.ts';
import type { StoredRecord } from '../../ports/authority-store.ts';
import type { Sealing } from '../keys/sealing.ts';

/** The refresh token that follows one: always the same, so that two who ask at once are told the same (clients.md W5). */
export const successorOf = (token: string, sealing: Sealing): string => sealing.follow(token, 'successor');

export interface RefreshTokenNeeds extends ProviderStoreNeeds {
  readonly graceMsOf: (clientId: string | undefined) => number;
  /** A token came that was used long ago: somebody has a copy of it (RFC 9700 §4.14.2). */
  readonly onReuse: (about: { readonly grantId: string | undefined; readonly clientId: string | undefined }) => void;
}

/**
 * Refresh tokens rotate, and whoever asks twice is not logged out: within the grace a used token gives its successor again, and so it does
 * when the successor was never written, as after a crash in between (T05, T06, G11). After that a used one means theft: the provider sees
 * `consumed`, and ends the family.
 */
export const buildRefreshTokens = (needs: RefreshTokenNeeds): ProviderStore => {
  const kind = 'RefreshToken';
  const { store, clock, sealing } = needs;
  const plain = buildProviderStore(kind, needs);
  const records = new Records(kind, needs);
  const isForgiven = (token: string, { consumedAtMs }: StoredRecord, clientId: string | undefined): boolean =>
    consumedAtMs === undefined || clock.nowMs() - consumedAtMs < needs.graceMsOf(clientId) || records.find(successorOf(token, sealing)) === undefined;
  return {
    ...plain,
    async upsert(token, payload, expiresIn) {
      const untilMs = expiresIn === undefined ? undefined : clock.nowMs() + expiresIn * 1000;
      const record = records.seal(token, payload, untilMs);
      // The first of several who ask at once has written the successor; what it was given stays.
      store.add(record, clock.nowMs());
      if (record.grantId !== undefined && untilMs !== undefined) store.extend('Grant', record.grantId, untilMs);
    },
    async find(token) {
      const found = records.find(token);
      if (found === undefined) return undefined;
      const payload = records.open(found);
      const clientId = typeof payload['clientId'] === 'string' ? payload['clientId'] : undefined;
      if (isForgiven(token, found, clientId)) return payload;
      needs.onReuse({ grantId: found.grantId, clientId });
      return { ...payload, consumed: Math.floor((found.consumedAtMs ?? 0) / 1000) };
    },
    async consume(token) {
      // Whoever lost the race was told by `find` that it may go on; it does, and gets what the winner gets.
      const won = store.consume(kind, records.idOf(token), clock.nowMs());
      if (!won && records.find(token) === undefined) throw needs.alreadyUsed();
    },
  };
};
