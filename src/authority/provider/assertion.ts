/** Whom an assertion stands for, and what it allows. */
export interface RedeemedAssertion {
  readonly accountId: string;
  readonly resource: string | undefined;
  readonly scope: string | undefined;
  /** What makes it good once: nothing else has this name. */
  readonly name: string;
  readonly expiresAtMs: number;
}

/** Why an assertion is not good, for the record. */
export class AssertionRefused extends Error {}

/** Why nobody can tell now whether an assertion is good, for the record. */
export class AssertionUnchecked extends Error {}
