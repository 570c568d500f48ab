import { Failures } from '../../../model/failing.ts';
import type { Issuer } from '../../../model/token/issuer.ts';
import type { World } from '../../../ports/world.ts';
import { discover } from './discover.ts';
import { fetchJson, type FetchNeeds } from './fetch-json.ts';
import { KeySet, type TrustedKey } from './key-set.ts';

export interface IssuerKeysNeeds extends FetchNeeds, Pick<World, 'clock' | 'log'> {}

/** How old a set becomes before it is fetched again: a removed key is refused this much later at most. */
const MAX_AGE_MS = 300_000;
/** Between two tries, whatever asks for one (S01). */
const COOL_DOWN_MS = 30_000;
/** How long the last good set serves while no other can be had. */
const OUTAGE_MS = 86_400_000;
/** How long what an issuer said of itself is taken as it is. */
const METADATA_AGE_MS = 3_600_000;

interface Found {
  readonly jwksUri: string;
  readonly atMs: number;
}

/**
 * The keys of an issuer, fetched ahead of need: at the start, before they are old, and when a token names one that is not there. The last
 * good set goes on through an outage; nothing is ever accepted unverified.
 */
export class IssuerKeys {
  readonly issuer: Issuer;
  readonly #needs: IssuerKeysNeeds;
  readonly #set = new KeySet();
  readonly #stop: () => void;
  #found: Found | undefined;
  #fetchedAtMs: number | undefined;
  #triedAtMs = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | undefined;
  #failure: string | undefined;
  readonly #failures: Failures;

  constructor(issuer: Issuer, needs: IssuerKeysNeeds, failures = new Failures()) {
    this.issuer = issuer;
    this.#failures = failures;
    this.#needs = needs;
    const { keySource } = issuer;
    if (keySource.kind === 'pinned') this.#set.replace({ keys: keySource.keys }, needs.log, issuer);
    const fetches = keySource.kind === 'discovery' || keySource.kind === 'jwks';
    if (fetches) void this.#refresh();
    // The first fetch is nobody's asking again: a key that is new just after a start need not wait.
    this.#triedAtMs = Number.NEGATIVE_INFINITY;
    this.#stop = fetches ? needs.clock.every(COOL_DOWN_MS, () => this.#keepFresh()) : () => {};
  }

  /** Whether what it has may still be used: pinned keys always, fetched ones until the outage has lasted a day. */
  get usable(): boolean {
    if (this.issuer.keySource.kind === 'pinned') return true;
    return this.#fetchedAtMs !== undefined && this.#needs.clock.monotonicMs() - this.#fetchedAtMs < OUTAGE_MS;
  }

  /** What is wrong with it, in words; undefined when all is well. */
  get complaint(): string | undefined {
    if (this.#failure === undefined || this.issuer.keySource.kind === 'pinned') return undefined;
    return this.usable ? `its keys cannot be fetched, the last ones go on: ${this.#failure}` : `its keys cannot be fetched, and its tokens are refused: ${this.#failure}`;
  }

  /** Keys that may have made a signature; one that is not there is fetched for, within the cool-down. */
  async lookUp(keyId: string | undefined, algorithm: string): Promise<readonly TrustedKey[]> {
    const known = this.#set.find(keyId, algorithm);
    if (known.length > 0) return known;
    await this.#ask();
    return this.#set.find(keyId, algorithm);
  }

  close(): void {
    this.#failures.worked(this.issuer.name);
    this.#stop();
  }

  async #ask(): Promise<void> {
    if (this.#running !== undefined) return this.#running;
    const { kind } = this.issuer.keySource;
    if (kind === 'pinned' || kind === 'none') return;
    if (this.#needs.clock.monotonicMs() - this.#triedAtMs >= COOL_DOWN_MS) await this.#refresh();
  }

  #keepFresh(): void {
    const age = this.#needs.clock.monotonicMs() - (this.#fetchedAtMs ?? Number.NEGATIVE_INFINITY);
    // The next look comes one cool-down later: by then the set would be too old.
    if (this.#failure !== undefined || age >= MAX_AGE_MS - COOL_DOWN_MS) void this.#refresh();
  }

  /** One at a time, whoever asks. It settles, whatever happens. */
  #refresh(): Promise<void> {
    this.#triedAtMs = this.#needs.clock.monotonicMs();
    this.#running ??= this.#renew().then(
      () => this.#succeeded(),
      (error: unknown) => this.#failed(error instanceof Error ? error.message : 'something odd was thrown'),
    );
    return this.#running;
  }

  async #renew(): Promise<void> {
    const jwksUri = await this.#jwksUri();
    this.#set.replace(await fetchJson(jwksUri, this.#needs), this.#needs.log, this.issuer);
  }

  async #jwksUri(): Promise<string> {
    const { keySource } = this.issuer;
    if (keySource.kind === 'jwks') return keySource.uri;
    if (keySource.kind !== 'discovery') throw new Error('nothing says where its keys are');
    const nowMs = this.#needs.clock.monotonicMs();
    // Where fetching has failed, the keys may have moved.
    if (this.#found !== undefined && this.#failure === undefined && nowMs - this.#found.atMs < METADATA_AGE_MS) return this.#found.jwksUri;
    const { jwksUri } = await discover(this.issuer, keySource.ways, this.#needs);
    this.#found = { jwksUri, atMs: nowMs };
    return jwksUri;
  }

  #succeeded(): void {
    if (this.#failure !== undefined) this.#needs.log.info('the keys of an issuer are there again', { issuer: this.issuer.name });
    this.#failures.worked(this.issuer.name);
    [this.#running, this.#failure, this.#fetchedAtMs] = [undefined, undefined, this.#needs.clock.monotonicMs()];
  }

  #failed(reason: string): void {
    [this.#running, this.#failure] = [undefined, reason];
    const { name } = this.issuer;
    this.#failures.failed({ name, what: `the keys of the issuer ${name}`, reason }, this.#needs.clock.nowMs());
    this.#needs.log.error(this.usable ? 'the keys of an issuer cannot be fetched; the last ones go on for a day' : 'the keys of an issuer cannot be fetched; its tokens are refused', { issuer: name, reason });
  }
}
