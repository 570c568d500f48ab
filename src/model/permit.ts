import type { ShadowDifference } from './policy.ts';

/**
 * Proof that a rule allowed a call. The private member makes the type nominal: only what holds a real instance can
 * reach the stages behind authorize, and only stages/authorize constructs one (test/house/bans.test.ts).
 */
export class Permit {
  readonly #rule: string;
  readonly #shadow: ShadowDifference | undefined;

  constructor(rule: string, shadow?: ShadowDifference) {
    this.#rule = rule;
    this.#shadow = shadow;
  }

  /** What a watching policy would have decided otherwise. */
  get shadow(): ShadowDifference | undefined {
    return this.#shadow;
  }

  /** The name of the deciding rule, as audit and explain print it. */
  get rule(): string {
    return this.#rule;
  }
}
