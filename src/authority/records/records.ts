import type { JsonObject, JsonValue } from '../../model/json.ts';
import type { AuthorityRecord, AuthorityStore, StoredRecord } from '../../ports/authority-store.ts';
import type { Clock } from '../../ports/world.ts';
import type { Sealing } from '../keys/sealing.ts';

export interface RecordNeeds {
  readonly store: AuthorityStore;
  readonly sealing: Sealing;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** Ids that open nothing: who knows one can do nothing with it. Every other is stored as its hash. */
const PLAIN: ReadonlySet<string> = new Set(['Client', 'Grant']);

/** Payloads as the provider has them: what it wrote it gets back. */
export type Payload = JsonObject;

/** Everything of one kind that the provider keeps. */
export class Records {
  readonly kind: string;
  readonly #needs: RecordNeeds;

  constructor(kind: string, needs: RecordNeeds) {
    [this.kind, this.#needs] = [kind, needs];
  }

  /** The name under which a value is stored. */
  idOf(value: string): string {
    return PLAIN.has(this.kind) ? value : this.#needs.sealing.follow(value, this.kind);
  }

  find(value: string): StoredRecord | undefined {
    return this.#needs.store.find(this.kind, this.idOf(value));
  }

  findByUid(uid: string): StoredRecord | undefined {
    return this.#needs.store.findByUid(this.kind, uid);
  }

  findByUserCode(userCode: string): StoredRecord | undefined {
    return this.#needs.store.findByUserCode(this.kind, this.#needs.sealing.follow(userCode, 'user-code'));
  }

  /** What is in a record. @throws Error when it was not written here */
  open({ kind, id, payload }: AuthorityRecord): Payload {
    return JSON.parse(this.#needs.sealing.open(payload, `${kind} ${id}`)) as Payload; // sealed below, and only there
  }

  /** Puts together what is stored of a payload. */
  seal(value: string, payload: Payload, expiresAtMs: number | undefined): AuthorityRecord {
    const { kind } = this;
    const id = this.idOf(value);
    const text = (member: string): string | undefined => textOf(payload[member]);
    const [grantId, uid, userCode, account] = [text('grantId'), text('uid'), text('userCode'), text('accountId')];
    return {
      kind, id, payload: this.#needs.sealing.seal(JSON.stringify(payload), `${kind} ${id}`),
      ...(grantId === undefined ? {} : { grantId }), ...(uid === undefined ? {} : { uid }),
      ...(userCode === undefined ? {} : { userCode: this.#needs.sealing.follow(userCode, 'user-code') }),
      ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
      ...(account === undefined ? {} : { account }),
    };
  }
}

const textOf = (value: JsonValue | undefined): string | undefined => (typeof value === 'string' ? value : undefined);
