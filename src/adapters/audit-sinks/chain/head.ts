import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ChainHead } from '../../../model/trail-record.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../model/json.ts';
import { beginningOf } from './link.ts';
import type { AuditSigner } from './signer.ts';

/** Where each chain stands. */
export type Heads = Readonly<Record<string, ChainHead>>;

/** Chains and where they stand, as somebody with the key has vouched for it. */
export interface SignedHeads {
  /** The text that is signed: JSON of the chains in the order of their names. */
  readonly heads: string;
  readonly keyId: string;
  readonly signature: string;
}

/** What a signature is about stands before it: one of a checkpoint never serves as the head. */
export type Vouched = 'head' | 'checkpoint';

export const vouchedText = (kind: Vouched, heads: string): string => `sallyport audit ${kind} v1\n${heads}`;

/** One text for the same chains, whoever writes it. */
export const headsText = (heads: Heads): string => JSON.stringify(Object.fromEntries(Object.entries(heads).sort(([one], [other]) => (one < other ? -1 : 1))));

export const readHeads = (text: string): Heads => JSON.parse(text) as Heads; // signed, and written by headsText

const isLink = (value: JsonValue): boolean => isJsonObject(value) && Number.isSafeInteger(value['seq']) && typeof value['hash'] === 'string';

/** Whether something that was read says where chains stand. */
export const isChainHeads = (value: JsonValue | undefined): value is Heads & JsonObject => value !== undefined && isJsonObject(value) && Object.values(value).every(isLink);

/**
 * The signed head: how far each chain goes. It changes in the transaction that adds records, so that whoever cuts records off at the end
 * leaves a head that says so, and cannot write another.
 */
export class Head {
  readonly #read: StatementSync;
  readonly #write: StatementSync;
  readonly #signer: AuditSigner;

  constructor(database: DatabaseSync, signer: AuditSigner) {
    this.#read = database.prepare('SELECT heads, key_id AS keyId, signature FROM audit_head');
    this.#write = database.prepare('INSERT INTO audit_head (only_row, heads, key_id, signature) VALUES (1, ?, ?, ?) ON CONFLICT (only_row) DO UPDATE SET heads = excluded.heads, key_id = excluded.key_id, signature = excluded.signature');
    this.#signer = signer;
  }

  get heads(): Heads {
    const row = this.#read.get();
    return row === undefined ? {} : readHeads(String(row['heads']));
  }

  of(writer: string): ChainHead {
    return this.heads[writer] ?? beginningOf(writer);
  }

  /** To be called within the transaction that adds the records. */
  move(writer: string, link: ChainHead): void {
    const heads = headsText({ ...this.heads, [writer]: link });
    this.#write.run(heads, this.#signer.keyId, this.#signer.sign(vouchedText('head', heads)));
  }
}
