/** Who somebody is at an identity provider. The issuer and the subject are the identity; all else may change hands or be made up. */
export interface ExternalIdentity {
  /** The issuer, as it says itself (OpenID Connect Core §2 `iss`). */
  readonly issuer: string;
  /** Never given to anybody else there. */
  readonly subject: string;
  /** What people read. */
  readonly name?: string;
  /** Addresses that the provider vouches for, the first one first; one that is not verified is not here (attacks.md A12). */
  readonly emails: readonly string[];
  /** Groups, or organisations and teams as `acme` and `acme/platform`. */
  readonly groups: readonly string[];
  /** The provider's name for this sign-in, by which alone it may say later that it is over (`sid`, OpenID Connect Back-Channel Logout 1.0 §2.1). */
  readonly session?: string;
}
