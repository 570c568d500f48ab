/** Where a claim stands: a name, or names from the outside in with dots between. A member that is called just so comes first. */
export type ClaimPath = string;

/** Where the token says what; the first place that is there counts. */
export interface ClaimSources {
  readonly subject: readonly ClaimPath[];
  readonly email: readonly ClaimPath[];
  readonly name: readonly ClaimPath[];
  readonly groups: readonly ClaimPath[];
  readonly roles: readonly ClaimPath[];
  readonly scopes: readonly ClaimPath[];
  readonly client: readonly ClaimPath[];
  /** The one group that the audit trail shows (R71); without it the first of the groups. */
  readonly group: readonly ClaimPath[];
}

/** How the access tokens of a kind of provider look, as data. */
export interface TokenProfile {
  readonly name: string;
  /** What `typ` may say, in lower case and without `application/`; empty stands for a token that has none. */
  readonly types: readonly string[];
  readonly algorithms: readonly string[];
  readonly claims: ClaimSources;
  /** Claims that must be there; with a list, one of these texts. It is how an ID token is told from an access token (J07). */
  readonly requires: Readonly<Record<string, readonly string[] | 'present'>>;
  /** Which claims may name the recipient; the first that is there counts. */
  readonly audience: readonly string[];
  /** Hosts besides the issuer's own where its keys may be (S07). */
  readonly keyHosts: readonly string[];
  /** Whether an address counts only with `email_verified: true`, or is a name that the directory itself gives out. */
  readonly emailIs: 'verified' | 'directory-name';
  /** A text that stands before every group and is no part of its name. */
  readonly groupPrefix?: string;
}

/** Asymmetric only: a symmetric one would make the public key a password (J02). */
export const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'] as const;

const COMMON = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];

const STANDARD: ClaimSources = {
  subject: ['sub'],
  email: ['email'],
  name: ['name'],
  // RFC 9068 §2.2.3.1 takes groups and roles from SCIM.
  groups: ['groups'],
  roles: ['roles'],
  scopes: ['scope'],
  client: ['client_id'],
  group: [],
};

/** RFC 9068: the type says what the token is, and the claims of §2.2 are all there. */
const rfc9068: TokenProfile = {
  name: 'rfc9068',
  types: ['at+jwt'],
  algorithms: COMMON,
  claims: STANDARD,
  requires: { iat: 'present', jti: 'present', client_id: 'present' },
  audience: ['aud'],
  keyHosts: [],
  emailIs: 'verified',
};

/** What says nothing of itself. An ID token is told by what only ID tokens have, so it must have a client or scopes besides. */
const generic: TokenProfile = {
  ...rfc9068,
  name: 'generic',
  types: ['', 'jwt', 'at+jwt'],
  claims: { ...STANDARD, scopes: ['scope', 'scp'], client: ['client_id', 'azp', 'cid'] },
  requires: {},
};

/**
 * Microsoft Entra ID, tokens of version 2. `sub` differs for each application, `oid` is the person. `aud` is the application's id, never its URL, unless that is configured as one. `scp` has what a
 * user has delegated, `roles` what an application may do; an ID token has neither `azp` nor either of these. `preferred_username` is the
 * directory's own name of the person, while `email` is whatever the person says.
 */
const entraV2: TokenProfile = {
  ...generic,
  name: 'entra-v2',
  types: ['jwt'],
  algorithms: ['RS256'],
  claims: { ...STANDARD, subject: ['oid'], email: ['preferred_username', 'upn'], scopes: ['scp'], client: ['azp'] },
  requires: { ver: ['2.0'], azp: 'present', tid: 'present' },
  emailIs: 'directory-name',
};

/** Version 1, which an application gets until its manifest asks for 2: issued by `sts.windows.net`, keys at `login.microsoftonline.com`. */
const entraV1: TokenProfile = {
  ...entraV2,
  name: 'entra-v1',
  claims: { ...entraV2.claims, email: ['upn', 'unique_name'], client: ['appid'] },
  requires: { ver: ['1.0'], appid: 'present', tid: 'present' },
  keyHosts: ['login.microsoftonline.com', 'login.windows.net'],
};

/** Okta's custom authorization servers: `scp` is a list, the client is `cid`, and `sub` is the login. Its tokens may have no `typ`. */
const okta: TokenProfile = {
  ...generic,
  name: 'okta',
  algorithms: ['RS256'],
  claims: { ...STANDARD, email: ['sub'], scopes: ['scp'], client: ['cid'] },
  requires: { cid: 'present', jti: 'present' },
  emailIs: 'directory-name',
};

/**
 * Auth0: the issuer ends in a slash; own claims are called by a URL. With RBAC `permissions` has all that a person has been given, whatever
 * the client asked for, so it counts only where the configuration says so.
 */
const auth0: TokenProfile = {
  ...generic,
  name: 'auth0',
  algorithms: ['RS256', 'PS256'],
  claims: { ...STANDARD, client: ['azp', 'client_id'] },
  requires: { azp: 'present' },
};

/**
 * Amazon Cognito: an access token has no `aud` unless the client asked for a resource; else `client_id` is its only recipient and must be
 * configured as the audience. `token_use` tells access from ID. Groups are `cognito:groups`.
 */
const cognito: TokenProfile = {
  ...generic,
  name: 'cognito',
  types: ['', 'jwt'],
  algorithms: ['RS256'],
  claims: { ...STANDARD, groups: ['cognito:groups'], client: ['client_id'], name: ['username'] },
  requires: { token_use: ['access'], client_id: 'present' },
  audience: ['aud', 'client_id'],
};

/** Keycloak: `typ` in the claims tells access (`Bearer`, or `DPoP` when bound) from ID and refresh; roles are nested; groups begin with a slash. */
const keycloak: TokenProfile = {
  ...generic,
  name: 'keycloak',
  claims: { ...STANDARD, roles: ['realm_access.roles', 'roles'], client: ['azp', 'client_id'] },
  requires: { typ: ['Bearer', 'DPoP'], azp: 'present' },
  groupPrefix: '/',
};

/**
 * Google: access tokens of people are opaque and for Google alone. What can be accepted is the identity token of a service account, which is
 * made for an audience of one's own. Keys are at www.googleapis.com.
 */
const google: TokenProfile = {
  ...generic,
  name: 'google',
  types: ['jwt'],
  algorithms: ['RS256'],
  claims: { ...STANDARD, client: ['azp'] },
  requires: { azp: 'present' },
  keyHosts: ['www.googleapis.com'],
};

/** Every profile there is: one more is one more row. */
const PROFILES: readonly TokenProfile[] = [rfc9068, generic, entraV2, entraV1, okta, auth0, cognito, keycloak, google];

export const PROFILE_NAMES = ['rfc9068', 'generic', 'entra-v2', 'entra-v1', 'okta', 'auth0', 'cognito', 'keycloak', 'google'] as const;

export type ProfileName = (typeof PROFILE_NAMES)[number];

/** The profile of a name. */
export const profileOf = (name: ProfileName): TokenProfile => PROFILES.find((profile) => profile.name === name) ?? rfc9068;
