/** What a verified token says of itself that a denial can name. Absent: the token does not say. */
export interface TokenFacts {
  /** `iss`, as it stands in the token. */
  readonly issuer: string;
  /** `sub`. */
  readonly subject: string;
  /** What rules, `people` and the trail call whoever it is about: a denial may name them by that, too. */
  readonly names?: readonly string[];
  /** `client_id` or `azp`. */
  readonly clientId?: string;
  /** `jti`. */
  readonly tokenId?: string;
  /** `sid`. */
  readonly sessionId?: string;
  /** `iat`, milliseconds since the epoch. */
  readonly issuedAtMs?: number;
  /** `cnf.x5t#S256`: the certificate that it is bound to. */
  readonly certificate?: string;
  /** `tokenDigest` of the token: names one that has no `jti`. */
  readonly digest: string;
}
