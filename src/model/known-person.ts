/** Somebody who has signed in. Issuer and subject are who they are; all else is what was said of them last. */
export interface KnownPerson {
  /** `per_…` */
  readonly id: string;
  /** The provider's name in the configuration. */
  readonly provider: string;
  readonly issuer: string;
  /** Who they are there. */
  readonly subject: string;
  /** `provider:subject`, which no other provider can give. */
  readonly own: string;
  /** What rules, `people`, limits and the trail call them: an address that counts as a name, or `own`. */
  readonly called: string;
  readonly name?: string;
  readonly groups: readonly string[];
  /** What the provider itself has said, where a company's directory adds to it: what both come to is found anew after each change there. */
  readonly said?: { readonly emails: readonly string[]; readonly groups: readonly string[] };
  readonly roles: readonly string[];
  readonly firstSeenAtMs: number;
  readonly lastSeenAtMs: number;
}
