import type { Config } from '../../../config/schema.ts';
import type { CertificateFacts } from '../../../model/certificate.ts';
import { HOUR_MS } from '../../../model/duration.ts';
import type { Expiring } from '../../../model/expiring.ts';
import type { Base } from '../../../planes/base.ts';
import { ExpiryNotices } from './expiry-notices.ts';
import type { ReadCertificates } from '../read-certificates.ts';

/** So often it is looked whether a stapled answer has to be fetched anew. */
const STAPLE_MS = 60_000;

const clientEnding = ({ subject, fingerprint, notBeforeMs, notAfterMs }: CertificateFacts): Expiring => ({
  kind: 'client', name: subject, what: `the certificate of the client ${subject === '' ? fingerprint : subject}`, cure: 'have it renewed, or its client is refused', fromMs: notBeforeMs, expiresAtMs: notAfterMs,
});

/** What a running gateway does with the certificates that were read from files, besides what its listeners are given: it follows them over reloads. */
export class CertificateUpkeep {
  readonly #base: Base;
  readonly #expiry: ExpiryNotices;
  #endings: readonly Expiring[] = [];

  constructor(base: Base) {
    this.#base = base;
    this.#expiry = new ExpiryNotices(base.world);
  }

  /** All that ends of certificates: those of files, and those that clients have shown. */
  get expiring(): readonly Expiring[] {
    return [...this.#endings, ...[...this.#base.certificates.seen].map(clientEnding)];
  }

  /** Takes what was read of a configuration. */
  follow({ revocation, renewal, listeners, endings }: ReadCertificates, { certificates }: Pick<Config, 'certificates'>): void {
    this.#base.certificates.follow(revocation, certificates.revocation);
    this.#base.renewals.follow(renewal);
    this.#base.staples.follow(listeners.flatMap(({ tls }) => (tls?.staple === true ? [tls.cert] : [])));
    this.#endings = endings;
    this.#expiry.look(this.expiring);
  }

  /** Looks now and then. @returns what ends that */
  begin(): readonly (() => void)[] {
    const { clock } = this.#base.world;
    return [clock.every(HOUR_MS, () => this.#expiry.look(this.expiring)), clock.every(STAPLE_MS, () => this.#base.staples.refresh())];
  }
}
