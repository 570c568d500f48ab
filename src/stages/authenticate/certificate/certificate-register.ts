import { hash } from 'node:crypto';
import type { CertificateFacts, CertificateRecord, CertifiedClient, PeerCertificate } from '../../../model/certificate.ts';
import type { Failing } from '../../../model/failing.ts';
import type { CertificateDenials } from '../../../ports/denials.ts';
import type { Network } from '../../../ports/network.ts';
import type { Clock, Log } from '../../../ports/world.ts';
import { CertificateFlaw } from './certificate-flaw.ts';
import { x509Library, type X509Library } from './library.ts';
import { FetchedLists } from './revocation/fetched-lists.ts';
import { issuersFlaw } from './issuers-flaw.ts';
import { readCertificate } from './read-certificate.ts';
import { Responders } from './revocation/responders.ts';
import { Revocations, type CertificateFault, type RevocationRules } from './revocation/revocations.ts';

/** What was found in the certificate of a connection: somebody, or why it opens nothing. */
export type CertificateReading =
  | { readonly kind: 'good'; readonly client: CertifiedClient }
  | { readonly kind: 'flawed'; readonly flaw: string; readonly record: CertificateRecord };

interface RegisterNeeds {
  readonly denials: CertificateDenials;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly network: Network;
  readonly log: Pick<Log, 'warn'>;
}

const MOST_FACTS = 10_000;

const factsOrFlaw = (der: Buffer, library: X509Library): CertificateFacts | string => {
  try {
    return readCertificate(der, library);
  } catch (error) {
    if (error instanceof CertificateFlaw) return error.message;
    throw error;
  }
};

const recordOf = ({ fingerprint, subject, issuer, serial }: CertificateFacts): CertificateRecord => ({ fingerprint, subject, issuer, serial });

/** Certificates, each read once for its connection and remembered by its thumbprint; whether one is still good is asked anew on every request. */
export class CertificateRegister {
  /** Who was revoked by who issued it. */
  readonly revocations = new Revocations();
  /** What is fetched of that: kept over reloads, and asked where the configuration says so. */
  readonly lists: FetchedLists;
  readonly responders: Responders;
  readonly #needs: RegisterNeeds;
  readonly #readings = new WeakMap<PeerCertificate, CertificateReading>();
  /** Of each client whose certificate was good, the one that lasts longest: what was renewed is no news. */
  readonly #seen = new Map<string, CertificateFacts>();
  readonly #facts = new Map<string, CertificateFacts | string>();

  constructor(needs: RegisterNeeds) {
    this.#needs = needs;
    const fetching = { network: needs.network, log: needs.log, changed: this.revocations.changed };
    [this.lists, this.responders] = [new FetchedLists(fetching), new Responders(fetching)];
  }

  /** Takes what a configuration says of revocation from now on. */
  follow(rules: RevocationRules, { fetch, ocsp }: { readonly fetch: boolean; readonly ocsp: boolean }): void {
    this.revocations.follow({ ...rules, sources: [...rules.sources, ...(fetch ? [this.lists] : []), ...(ocsp ? [this.responders] : [])] });
  }

  /** Whether a client's certificate is of one of those in the files. */
  isUnder(client: CertifiedClient, paths: readonly string[]): boolean {
    return this.revocations.isUnder(client, paths);
  }

  /** The good certificates that clients have shown, of each client the last. */
  get seen(): Iterable<CertificateFacts> {
    return this.#seen.values();
  }

  /** Who does not say what is revoked, and since when. */
  failing(): readonly Failing[] {
    const nowMs = this.#needs.clock.nowMs();
    return [...this.lists.failing(nowMs), ...this.responders.failing(nowMs)];
  }

  /** What a certificate says; at once, but for the very first. */
  read(peer: PeerCertificate): CertificateReading | Promise<CertificateReading> {
    const known = this.#readings.get(peer);
    if (known !== undefined) return known;
    const library = x509Library();
    return library instanceof Promise ? library.then((loaded) => this.#learn(peer, loaded)) : this.#learn(peer, library);
  }

  /** Why it opens nothing now, in words for the record; undefined when nothing speaks against it. */
  fault(client: CertifiedClient): CertificateFault | undefined {
    const now = this.#needs.clock.nowMs();
    const reason = this.#flawOf(client, now);
    return reason === undefined ? this.revocations.fault(client, now) : { code: 'certificate.invalid', reason };
  }

  /** Lets whoever knows of revoked certificates find out about this one; undefined where nothing has to be waited for. */
  prepare(client: CertifiedClient): Promise<unknown> | undefined {
    return this.revocations.prepare(client, this.#needs.clock.nowMs());
  }

  #flawOf({ facts, peer }: CertifiedClient, now: number): string | undefined {
    if (peer.trust.withdrawn) return 'the issuers that the listener trusts have changed since it was shown: connect again';
    if (now >= facts.notAfterMs) return 'it has expired';
    if (now < facts.notBeforeMs) return 'it is not good yet';
    return this.#needs.denials.againstCertificate(facts);
  }

  #learn(peer: PeerCertificate, library: X509Library): CertificateReading {
    const reading = this.#judge(peer, this.#factsOf(peer, library), library);
    this.#readings.set(peer, reading);
    if (reading.kind === 'good') this.#note(reading.client.facts);
    return reading;
  }

  #note(facts: CertificateFacts): void {
    const { issuer, subject, dns, uris, emails, notAfterMs } = facts;
    const whose = JSON.stringify([issuer, subject, dns, uris, emails]);
    if ((this.#seen.get(whose)?.notAfterMs ?? 0) >= notAfterMs) return;
    if (this.#seen.size >= MOST_FACTS) this.#seen.clear();
    this.#seen.set(whose, facts);
  }

  #judge(peer: PeerCertificate, facts: CertificateFacts | string, library: X509Library): CertificateReading {
    const flaw = peer.flaw ?? (typeof facts === 'string' ? facts : peer.forwarded === true ? issuersFlaw(peer.issuers, library) : undefined);
    const record = typeof facts === 'string' ? { fingerprint: hash('sha256', peer.der, 'hex') } : recordOf(facts);
    if (flaw !== undefined || typeof facts === 'string') return { kind: 'flawed', flaw: flaw ?? 'it cannot be read', record: { ...record, flaw: flaw ?? 'it cannot be read' } };
    return { kind: 'good', client: Object.freeze({ facts, peer, record }) };
  }

  #factsOf({ der, thumbprint }: PeerCertificate, library: X509Library): CertificateFacts | string {
    const known = this.#facts.get(thumbprint);
    if (known !== undefined) return known;
    if (this.#facts.size >= MOST_FACTS) this.#facts.clear();
    const facts = factsOrFlaw(der, library);
    this.#facts.set(thumbprint, facts);
    return facts;
  }
}
