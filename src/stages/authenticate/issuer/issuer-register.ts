import { Failures, type Failing } from '../../../model/failing.ts';
import type { Issuer } from '../../../model/token/issuer.ts';
import { IssuerKeys, type IssuerKeysNeeds } from './issuer-keys.ts';

/** What decides about the keys of an issuer: where it is the same, they outlive a reload. */
const originOf = ({ issuer, keySource, profile }: Issuer): string => JSON.stringify([issuer, keySource, profile.keyHosts]);

/** The keys of all issuers of the configuration; they outlive a reload where their issuer does. */
export class IssuerRegister {
  readonly #needs: IssuerKeysNeeds;
  readonly #failures = new Failures();
  #byOrigin = new Map<string, IssuerKeys>();

  constructor(needs: IssuerKeysNeeds) {
    this.#needs = needs;
  }

  /** Takes the issuers of a configuration; keys of others are let go. What throws here has changed nothing. */
  follow(issuers: readonly Issuer[]): ReadonlyMap<string, IssuerKeys> {
    const former = this.#byOrigin;
    const next = new Map<string, IssuerKeys>();
    const byName = new Map<string, IssuerKeys>();
    for (const issuer of issuers) {
      const origin = originOf(issuer);
      const keys = former.get(origin) ?? next.get(origin) ?? new IssuerKeys(issuer, this.#needs, this.#failures);
      next.set(origin, keys);
      byName.set(issuer.name, keys);
    }
    this.#byOrigin = next;
    for (const [origin, keys] of former) if (!next.has(origin)) keys.close();
    return byName;
  }

  /** What is wrong with issuers, for /readyz. */
  complaints(): readonly string[] {
    return [...this.#byOrigin.values()].flatMap(({ issuer, complaint }) => (complaint === undefined ? [] : [`issuer ${issuer.name}: ${complaint}`]));
  }

  /** Issuers whose keys cannot be fetched, and since when. */
  failing(): readonly Failing[] {
    return this.#failures.list(this.#needs.clock.nowMs());
  }

  close(): void {
    for (const keys of this.#byOrigin.values()) keys.close();
  }
}
