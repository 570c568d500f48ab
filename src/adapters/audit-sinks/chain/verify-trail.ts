import type { DatabaseSync } from 'node:sqlite';
import type { ChainHead, Checkpoint, Pruning } from '../../../model/trail-record.ts';
import { Forgotten } from './forgotten.ts';
import { Found, type Fault, type Place } from './fault.ts';
import { headsText, readHeads, vouchedText, type Heads } from './head.ts';
import { beginningOf, hashOf, readLine, type ReadLine } from './link.ts';
import { isSignedBy } from './signer.ts';

/** What a verification has come to. */
export interface Verdict {
  readonly records: number;
  readonly pruned: number;
  readonly checkpoints: number;
  readonly heads: Heads;
  readonly fault?: Fault;
}

/** Heads that somebody has vouched for, kept outside of the table. */
export interface Anchor {
  readonly heads: Heads;
  readonly signature: string;
}

export interface VerifyNeeds {
  readonly database: DatabaseSync;
  /** The public key of the trail, PEM. */
  readonly publicKey: string;
  /** Where to begin; what stands before is taken for granted. */
  readonly fromPosition?: number;
  /** A checkpoint that was kept elsewhere: the trail has to agree with it. */
  readonly anchor?: Anchor;
}

/** Records about the trail itself begin with these characters, those about requests with their id. */
const OF_THE_TRAIL = '{"v":1,"type":"';

interface Row {
  readonly position: number;
  readonly text: string;
}

class TrailVerifier {
  readonly #needs: VerifyNeeds;
  readonly #links = new Map<string, ChainHead>();
  /** What is to be met on the way: hashes at places that a head or an anchor has named. */
  readonly #named = new Map<string, string>();
  readonly #forgotten = new Forgotten();
  #records = 0;
  #checkpoints = 0;

  constructor(needs: VerifyNeeds) {
    this.#needs = needs;
  }

  verify(): Verdict {
    try {
      this.#walk();
      return this.#verdict();
    } catch (error) {
      if (error instanceof Found) return { ...this.#verdict(), fault: error.fault };
      throw error;
    }
  }

  #verdict(): Verdict {
    return { records: this.#records, pruned: this.#forgotten.count, checkpoints: this.#checkpoints, heads: Object.fromEntries(this.#links) };
  }

  #walk(): void {
    const { database, fromPosition, anchor } = this.#needs;
    // One view of the table: a gateway may write while it is read.
    const isOwn = !database.isTransaction;
    if (isOwn) database.exec('BEGIN');
    try {
      const head = this.#readHead();
      for (const heads of [head, anchor?.heads ?? {}]) for (const [writer, { seq, hash }] of Object.entries(heads)) this.#name(writer, seq, hash);
      if (fromPosition !== undefined) this.#takeForGranted(fromPosition);
      for (const row of this.#rows(fromPosition)) this.#see({ position: Number(row['position']), text: String(row['event']) });
      if (anchor !== undefined) this.#checkEnds(anchor.heads, 'the checkpoint that was kept elsewhere');
      this.#checkEnds(head, 'the signed head');
      if (fromPosition === undefined) this.#forgotten.check();
      for (const [writer, { seq }] of this.#links) if (head[writer] === undefined) throw new Found({ writer, seq, what: 'the signed head does not know this chain: it was put in, or the head is an older one' });
    } finally {
      if (isOwn) database.exec('COMMIT');
    }
  }

  /** Whatever stands in the table, also where nobody else looks: before the first position that SQLite gives. */
  #rows(fromPosition: number | undefined): Iterable<Record<string, unknown>> {
    const { database } = this.#needs;
    if (fromPosition === undefined) return database.prepare('SELECT position, event FROM audit ORDER BY position').iterate();
    return database.prepare('SELECT position, event FROM audit WHERE position > ? ORDER BY position').iterate(fromPosition);
  }

  /** The head, once its signature holds. */
  #readHead(): Heads {
    const { database, publicKey, anchor } = this.#needs;
    if (anchor !== undefined && !isSignedBy(publicKey, vouchedText('checkpoint', headsText(anchor.heads)), anchor.signature)) throw new Found({ what: 'the checkpoint that was kept elsewhere is not signed by the key of this trail' });
    const row = database.prepare('SELECT heads, signature FROM audit_head').get();
    if (row === undefined) return {};
    if (!isSignedBy(publicKey, vouchedText('head', String(row['heads'])), String(row['signature']))) throw new Found({ what: 'the head of the trail is not signed by its key: it was changed, or another key is asked' });
    return readHeads(String(row['heads']));
  }

  #name(writer: string, seq: number, hash: string): void {
    const place = `${writer} ${String(seq)}`;
    if ((this.#named.get(place) ?? hash) !== hash) throw new Found({ writer, seq, what: 'the signed head and the checkpoint that was kept elsewhere say different things of this record' });
    this.#named.set(place, hash);
  }

  /** Begins in the middle: each chain goes on from its last record before. */
  #takeForGranted(position: number): void {
    for (const row of this.#needs.database.prepare('SELECT event FROM audit WHERE position <= ? ORDER BY position DESC').iterate(position)) {
      const read = readLine(String(row['event']));
      if (read !== undefined && !this.#links.has(read.writer)) this.#links.set(read.writer, read.link);
      if (this.#links.size === WRITERS) return;
    }
  }

  #see(row: Row): void {
    this.#records += 1;
    const read = readLine(row.text);
    if (read === undefined) throw new Found({ position: row.position, what: 'the record stands in no chain: it was put in, its end was changed, or it is older than the chains' });
    this.#seeLinked(row, read);
  }

  #seeLinked({ position, text }: Row, read: ReadLine): void {
    const { writer, link, proven } = read;
    const last = this.#links.get(writer) ?? beginningOf(writer);
    const at = { position, writer, seq: link.seq };
    if (link.seq > last.seq + 1) throw new Found({ ...at, seq: last.seq + 1, what: missing(last.seq + 1, link.seq - 1) });
    if (link.seq <= last.seq) throw new Found({ ...at, what: 'the record stands here a second time, or later than it was written' });
    const isTombstone = text.startsWith(`${OF_THE_TRAIL}pruned"`);
    if (!isTombstone && hashOf(proven, last.hash) !== link.hash) throw new Found({ ...at, what: 'the record is not what was written' });
    if ((this.#named.get(`${writer} ${String(link.seq)}`) ?? link.hash) !== link.hash) throw new Found({ ...at, what: 'the record is not the one that was vouched for here' });
    this.#links.set(writer, link);
    if (isTombstone) this.#forgotten.add(text, at);
    else if (text.startsWith(OF_THE_TRAIL)) this.#seeOwn(text, at);
    if (writer !== 'gateway') this.#checkPlace(text, at);
  }

  /** A record that says something of the trail itself. */
  #seeOwn(text: string, at: Place): void {
    const record = JSON.parse(text) as Checkpoint | Pruning; // its hash holds, so this product has written it
    if (record.type === 'pruning') this.#forgotten.pruned(at.seq ?? 0, record);
    else this.#checkCheckpoint(record, at);
  }

  #checkCheckpoint({ heads, signature }: Checkpoint, at: Place): void {
    if (!isSignedBy(this.#needs.publicKey, vouchedText('checkpoint', headsText(heads)), signature)) throw new Found({ ...at, what: 'the checkpoint is not signed by the key of this trail' });
    this.#checkpoints += 1;
  }

  /** A record that was added to the table itself says where the other chains stood. */
  #checkPlace(text: string, at: Place): void {
    const { after = {} } = JSON.parse(text) as { readonly after?: Readonly<Record<string, number>> }; // see #seeOwn; of a tombstone it is forgotten
    for (const [writer, seq] of Object.entries(after)) {
      const stands = this.#links.get(writer)?.seq ?? 0;
      if (stands < seq) throw new Found({ ...at, writer, seq: stands + 1, what: missing(stands + 1, seq) });
      if (stands > seq) throw new Found({ ...at, what: `the record was written when the chain of the ${writer} had ${String(seq)} records, and stands behind ${String(stands)}: it was moved` });
    }
  }

  #checkEnds(heads: Heads, says: string): void {
    for (const [writer, { seq }] of Object.entries(heads)) {
      const ends = this.#links.get(writer)?.seq ?? 0;
      if (ends < seq) throw new Found({ writer, seq: ends + 1, what: `${missing(ends + 1, seq)}: ${says} goes that far` });
    }
  }
}

/** As many chains as there are writers. */
const WRITERS = 3;

const missing = (from: number, to: number): string => (from === to ? `record ${String(from)} is missing` : `records ${String(from)} to ${String(to)} are missing`);

/**
 * Proves the trail against its chains, its checkpoints and its signed head: that no record was changed, dropped, put in, moved or cut off
 * since it was written. Reads each record once, and stops at the first fault.
 */
export const verifyTrail = (needs: VerifyNeeds): Verdict => new TrailVerifier(needs).verify();
