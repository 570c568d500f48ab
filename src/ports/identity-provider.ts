import type { ExternalIdentity } from '../model/external-identity.ts';
import type { Secret } from '../model/secret.ts';

/**
 * One sign-in of one browser: what was drawn for it, and shows that an answer belongs to it. Whoever keeps it keeps it with that browser and
 * hands it over once (attacks.md A10).
 */
export interface LoginAttempt {
  /** Where the provider sends the browser back to, as it was sent there: it is part of what is proven at the token endpoint. */
  readonly redirectUri: string;
  readonly state: string;
  readonly nonce: string;
  /** The verifier of PKCE (RFC 7636 §4.1). */
  readonly codeVerifier: string;
}

/** What came of a sign-in at a provider. */
export interface ProvenSignIn {
  readonly identity: ExternalIdentity;
  /** By which the provider can be asked later whether this person is still there; absent where it gives none. */
  readonly refreshToken?: Secret;
}

/**
 * What a provider says of somebody who signed in before. Who is refused is gone there, or has to sign in again; a provider that cannot be asked
 * says neither, and throws.
 */
export type StillThere = { readonly kind: 'there'; /** The next one, where the provider rotates them. */ readonly refreshToken?: Secret; /** Who they are there now, where the provider says that too. */ readonly identity?: ExternalIdentity } | { readonly kind: 'refused'; readonly reason: string };

/** Somebody else who knows who people are: GitHub, Google, any OpenID Connect provider. */
export interface IdentityProvider {
  /** Its name in the configuration, which stands in paths. */
  readonly name: string;
  /** What the button says. */
  readonly label: string;
  /**
   * Where the browser goes.
   * @throws GatewayError `idp.unreachable`
   */
  begin(attempt: LoginAttempt): Promise<URL>;
  /**
   * Takes what the browser brings back, and asks the provider who that is.
   * @param callback as it came; only its query is read
   * @throws GatewayError `idp.*`
   */
  finish(callback: URL, attempt: LoginAttempt): Promise<ProvenSignIn>;
  /**
   * Asks whether somebody is still there.
   * @param subject whose refresh token it is: an answer about anybody else is none
   * @throws GatewayError `idp.*` where the provider cannot be asked or answers something else than yes or no
   */
  refresh(refreshToken: Secret, subject: string): Promise<StillThere>;
}

/** What one provider is told of itself, whatever its kind. */
export interface IdentityOptions {
  readonly name: string;
  readonly label?: string | undefined;
  readonly clientId: string;
  /** The issuer of OpenID Connect, byte for byte. */
  readonly issuer?: string | undefined;
  /** Where a GitHub of one's own is. */
  readonly url?: string | undefined;
  /** Scopes to ask for besides those that are needed anyway. */
  readonly scopes: readonly string[];
  /** The claim that lists groups. */
  readonly groupsClaim: string;
  /** Every address it says counts as verified: directories that give them out do not say so. */
  readonly trustEmail: boolean;
  /** Whether a refresh token is asked for, to ask later whether somebody is still there. */
  readonly lasting: boolean;
  /** What is asked for only because somebody looks at it: nobody is asked to show more than that (R46). */
  readonly wants: { readonly emails: boolean; readonly groups: boolean };
}
