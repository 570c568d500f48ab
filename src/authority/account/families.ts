import type { JsonValue } from '../../model/json.ts';
import type { Allowed } from '../../ports/client-register.ts';
import { Records, type RecordNeeds } from '../records/records.ts';

export interface FamilyNeeds extends RecordNeeds {
  /** Ends the access tokens of a family. */
  readonly denyFamily: (grantId: string) => void;
}

interface Family extends Allowed {
  readonly grantId: string;
}

const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');

/** What follows from what people have agreed to, and how it ends. */
export class Families {
  readonly #needs: FamilyNeeds;
  readonly #grants: Records;

  constructor(needs: FamilyNeeds) {
    [this.#needs, this.#grants] = [needs, new Records('Grant', needs)];
  }

  /** The clients that may act for an account, each once. */
  allowedBy(account: string): readonly Allowed[] {
    const byClient = new Map<string, Allowed>();
    for (const { clientId, resources, scopes, sinceMs } of this.#of(account)) {
      const known = byClient.get(clientId);
      const join = (one: readonly string[], other: readonly string[] = []): readonly string[] => [...new Set([...other, ...one])];
      byClient.set(clientId, { clientId, resources: join(resources, known?.resources), scopes: join(scopes, known?.scopes), sinceMs: Math.min(sinceMs, known?.sinceMs ?? sinceMs) });
    }
    return [...byClient.values()];
  }

  /** Takes back what an account has allowed a client: its tokens end, and it is asked about again (attacks.md C07). @returns how many families there were */
  endClient(account: string, clientId: string): number {
    const { store } = this.#needs;
    const families = this.#of(account).filter((family) => family.clientId === clientId);
    store.consents.forget(account, clientId);
    for (const { grantId } of families) this.#end(grantId);
    return families.length;
  }

  /** Ends what all clients of an account have; what was agreed to stays agreed. */
  endAll(account: string): void {
    for (const { grantId } of this.#of(account)) this.#end(grantId);
  }

  /** Signs an account out of every browser. What its clients have stays. */
  endSessions(account: string): void {
    const { store } = this.#needs;
    for (const { id } of store.ofAccount('Session', account)) store.destroy('Session', id);
  }

  /** Ends one thing that a sign-in has led to: what a client has by a grant, or a browser by the second name of its session, with its tokens. */
  endPart(part: string): void {
    const { store } = this.#needs;
    this.#end(part);
    const session = store.findByUid('Session', part);
    if (session !== undefined) store.destroy('Session', session.id);
  }

  #end(grantId: string): void {
    const { store, denyFamily } = this.#needs;
    store.revokeGrant(grantId);
    store.destroy('Grant', grantId);
    denyFamily(grantId);
  }

  #of(account: string): readonly Family[] {
    const { store, clock } = this.#needs;
    const nowMs = clock.nowMs();
    return store.ofAccount('Grant', account).flatMap((found): readonly Family[] => {
      if (found.expiresAtMs !== undefined && found.expiresAtMs <= nowMs) return [];
      const { clientId, resources, iat } = this.#grants.open(found);
      const granted = typeof resources === 'object' && resources !== null && !Array.isArray(resources) ? Object.entries(resources) : [];
      return [{ grantId: found.id, clientId: textOf(clientId), resources: granted.map(([resource]) => resource), scopes: granted.flatMap(([, scopes]) => textOf(scopes).split(' ')), sinceMs: Number(iat ?? 0) * 1000 }];
    });
  }
}

