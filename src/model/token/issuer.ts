import type { JsonObject } from '../json.ts';
import type { Secret } from '../secret.ts';
import type { ClaimPath, TokenProfile } from './token-profile.ts';

/** Where the keys of an issuer come from. */
export type KeySource =
  | { readonly kind: 'discovery'; readonly ways: readonly ('oidc' | 'oauth')[] }
  | { readonly kind: 'jwks'; readonly uri: string }
  | { readonly kind: 'pinned'; readonly keys: readonly JsonObject[] }
  | { readonly kind: 'none' };

/** Where opaque tokens are asked about (RFC 7662). */
export interface IntrospectionRules {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  readonly cacheMs: number;
}

/** One issuer of access tokens, as the configuration describes it. */
export interface Issuer {
  /** Its name in the configuration. */
  readonly name: string;
  /** `iss`, byte for byte. */
  readonly issuer: string;
  /** Its claims are those of the configuration where it says any. */
  readonly profile: TokenProfile;
  readonly algorithms: ReadonlySet<string>;
  readonly keySource: KeySource;
  readonly maxLifetimeMs: number;
  readonly leewayMs: number;
  readonly introspection?: IntrospectionRules;
  /** Claims that rules may look at, by the name rules have for them. */
  readonly extraClaims: ReadonlyMap<string, ClaimPath>;
  /** Domains whose addresses it vouches for, in lower case. */
  readonly emailDomains: ReadonlySet<string>;
  /** Roles by role or group of the token; what is not there maps to the role of the same name. */
  readonly roleMap: ReadonlyMap<string, readonly string[]>;
  /** Roles of everybody whom it vouches for. */
  readonly everyone: readonly string[];
}

/** How a token may be tied to whoever sends it (RFC 9449, RFC 8705 §3). */
export type Binding = 'optional' | 'dpop' | 'mtls' | 'any-bound';

/** What one server asks of tokens. */
export interface TokenRules {
  /** Names of the issuers whose tokens it accepts. */
  readonly issuers: ReadonlySet<string>;
  /** Its own identifiers, byte for byte: one of them must be in `aud` (RFC 8707 §2, J08). */
  readonly audience: ReadonlySet<string>;
  readonly bound: Binding;
  /** Whether a key must come with the token. */
  readonly withKey: boolean;
  /** Whether a DPoP proof must carry a nonce of ours. */
  readonly nonce: boolean;
}
