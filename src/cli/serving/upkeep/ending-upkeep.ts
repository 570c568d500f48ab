import { dueKeys } from '../../../admin/keys/due-keys.ts';
import { expiringSecrets } from '../../../config/expiring-secrets.ts';
import type { Config } from '../../../config/schema.ts';
import { sourcesOf } from '../../../config/secret-ref.ts';
import { DAY_MS } from '../../../model/duration.ts';
import type { Ending, Expiring } from '../../../model/expiring.ts';
import type { Base } from '../../../planes/base.ts';
import { CertificateUpkeep } from './certificate-upkeep.ts';
import type { ReadCertificates } from '../read-certificates.ts';

const MOST_REMINDED = 20;

/** What a running gateway does about all that ends: certificates, tokens among its own secrets, keys that are due for rotation. */
export class EndingUpkeep {
  readonly #base: Base;
  readonly #certificates: CertificateUpkeep;
  #ownTokens: readonly Ending[] = [];

  constructor(base: Base) {
    this.#base = base;
    this.#certificates = new CertificateUpkeep(base);
  }

  /** All that ends of certificates. */
  get certificates(): readonly Expiring[] {
    return this.#certificates.expiring;
  }

  /** Tokens among the secrets of the configuration. */
  get ownTokens(): readonly Ending[] {
    return this.#ownTokens;
  }

  /** Takes what was read of a configuration. */
  follow(certificates: ReadCertificates, config: Config): void {
    this.#certificates.follow(certificates, config);
    this.#ownTokens = expiringSecrets(config, sourcesOf(this.#base.environment, config));
  }

  /** Looks now, and now and then. @returns what ends that */
  begin(): readonly (() => void)[] {
    this.#remind();
    return [this.#base.world.clock.every(DAY_MS, () => this.#remind()), ...this.#certificates.begin()];
  }

  /** Says which keys are due for rotation (D9): at the start and once a day. */
  #remind(): void {
    const { store, world } = this.#base;
    const due = dueKeys(store, world.clock.nowMs(), MOST_REMINDED);
    if (due.length > 0) world.log.warn('keys are due for rotation: "sallyport keys rotate ID" makes the successor', { keys: due.map(({ id }) => id) });
  }
}
