/**
 * What a denial names. `token` is a token by its digest, `token-id` by its `jti`; `certificate` and `public-key` are client certificates by SHA-256;
 * `person` is somebody by a name, whatever they come with.
 */
export const DENIAL_LEVELS = ['token', 'token-id', 'session', 'subject', 'client', 'issuer', 'certificate', 'public-key', 'person'] as const;

export type DenialLevel = (typeof DENIAL_LEVELS)[number];

/** Tokens that open nothing any more, although their signature and their times are good (J15, D10). */
export interface Denial {
  /** `den_…` */
  readonly id: string;
  readonly level: DenialLevel;
  /** `iss`, as it stands in tokens; empty for `token`, whose digest is of one issuer's token anyway, for certificates, and for `person`. */
  readonly issuer: string;
  /** Digest, `jti`, `sid`, `sub`, `client_id` fingerprint or name; empty for `issuer`. */
  readonly value: string;
  /** Tokens issued until then; absent: all, whenever they were issued. */
  readonly issuedUntilMs?: number;
  readonly reason?: string;
  /** Who denied it: an operator, or the issuer itself. */
  readonly by: string;
  readonly atMs: number;
  /** From then on no token that it is about could be good any more, and it is forgotten; absent: never. */
  readonly forgetAtMs?: number;
}

/** Who has denied somebody whom their own provider has let go: it takes that back by letting them sign in again. */
export const providerAsDenier = (provider: string): string => `issuer:${provider}`;

/** An issuer that a gateway knows, for commands that read no configuration. */
export interface KnownIssuer {
  /** Its name in the configuration. */
  readonly name: string;
  /** `iss`. */
  readonly issuer: string;
  /** How long its tokens live at most. */
  readonly maxLifetimeMs: number;
}
