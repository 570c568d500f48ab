import type { Failing } from '../../../../model/failing.ts';
import type { Network } from '../../../../ports/network.ts';
import { CertificateFlaw } from '../certificate-flaw.ts';
import type { ChainLink } from './chain.ts';
import { FetchedValues, type FetchedNeeds } from './fetched-values.ts';
import { x509Library } from '../library.ts';
import { listBytes, readRevocationList, type RevocationList } from './revocation-list.ts';
import { listSource, type RevocationSource, type RevocationStatus } from './revocations.ts';

export interface FetchedListNeeds extends FetchedNeeds {
  readonly network: Network;
}

const TYPES = ['application/pkix-crl', 'application/x-pkcs7-crl', 'application/x-x509-crl', 'application/octet-stream', 'binary/octet-stream'];
const MOST_BYTES = 16 * 1024 * 1024;
const PATIENCE_MS = 5_000;
/** A list is looked for again when half of its time is over, and at least so often. */
const AGAIN_MS = 3_600_000;
const SOONEST_MS = 60_000;
const MOST_PLACES = 4;
const STATUS_OK = 200;

/** Lists of revoked certificates from where the certificates themselves say they are (RFC 5280 §4.2.1.13). */
export class FetchedLists implements RevocationSource {
  readonly #needs: FetchedListNeeds;
  readonly #lists: FetchedValues<RevocationSource>;

  constructor(needs: FetchedListNeeds) {
    this.#needs = needs;
    this.#lists = new FetchedValues(needs);
  }

  failing(nowMs: number): readonly Failing[] {
    return this.#lists.failing(nowMs);
  }

  statusOf(link: ChainLink, nowMs: number): RevocationStatus {
    const said = link.lists.slice(0, MOST_PLACES).flatMap((url) => this.#lists.get(url)?.statusOf(link, nowMs) ?? []);
    return said.find(({ kind }) => kind === 'revoked') ?? said.find(({ kind }) => kind === 'good') ?? { kind: 'unknown' };
  }

  prepare({ lists }: ChainLink, nowMs: number): Promise<void> | undefined {
    const asked = lists.slice(0, MOST_PLACES).flatMap((url) => this.#lists.refresh(url, nowMs, () => this.#load(url, nowMs)) ?? []);
    return asked.length === 0 ? undefined : Promise.all(asked).then(() => undefined);
  }

  async #load(url: string, nowMs: number): Promise<{ readonly value: RevocationSource; readonly againAtMs: number }> {
    const { status, body } = await this.#needs.network.send({ url, method: 'GET', accept: TYPES, maxBytes: MOST_BYTES, timeoutMs: PATIENCE_MS });
    if (status !== STATUS_OK) throw new CertificateFlaw(`the answer is ${String(status)}`);
    const list: RevocationList = readRevocationList({ from: url, der: listBytes(body) }, await x509Library());
    return { value: listSource([list]), againAtMs: nowMs + Math.max(SOONEST_MS, Math.min(AGAIN_MS, (list.nextUpdateMs - nowMs) / 2)) };
  }
}
