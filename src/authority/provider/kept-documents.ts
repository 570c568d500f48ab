import type { Client } from 'oidc-provider';
import { Records, type RecordNeeds } from '../records/records.ts';

const KIND = 'ClientDocument';
/** So long a client goes on whose site is down. */
const KEPT_MS = 7 * 86_400_000;

/**
 * The documents of clients that somebody has agreed to, as they were last: a site that is down must log nobody out (attacks.md R07). Nobody is
 * asked by them; who begins anew needs the site.
 */
export class KeptDocuments {
  readonly #needs: RecordNeeds;
  readonly #records: Records;

  constructor(needs: RecordNeeds) {
    [this.#needs, this.#records] = [needs, new Records(KIND, needs)];
  }

  /** Keeps the document of a client, because somebody has just agreed to it. A client that has none has nothing to keep. */
  keep(client: Client): void {
    if (client.clientIdMetadataDocument === true) this.#write(client.clientId, JSON.stringify(client.metadata()));
  }

  /** The document was there again. What nobody has agreed to is not kept: anybody could fill the store. */
  renew(url: string, document: string): void {
    if (this.lastGood(url) !== undefined) this.#write(url, document);
  }

  /** The document as it was last; undefined when nobody agreed to it, or it is too old. */
  lastGood(url: string): string | undefined {
    const found = this.#records.find(url);
    if (found === undefined || (found.expiresAtMs ?? 0) <= this.#needs.clock.nowMs()) return undefined;
    const { document } = this.#records.open(found);
    return typeof document === 'string' ? document : undefined;
  }

  #write(url: string, document: string): void {
    const { store, clock } = this.#needs;
    store.put(this.#records.seal(url, { document }, clock.nowMs() + KEPT_MS), clock.nowMs());
  }
}
