import type { JsonObject } from '../model/json.ts';
import type { Secret } from '../model/secret.ts';

/** One server that tokens are issued for. */
export interface Resource {
  /** Its name in the configuration. */
  readonly server: string;
  /** Its identifiers, byte for byte; the first is meant where none is said (RFC 8707 §2). */
  readonly urls: readonly string[];
  /** The scopes that a client gets which asks for none. */
  readonly baseline: readonly string[];
}

/** By what of its certificate a client is known (RFC 8705 §2): one name in it, or itself. */
export type CertificateName = { readonly kind: 'subject' | 'dns' | 'uri' | 'email' | 'ip'; readonly value: string } | { readonly kind: 'keys'; readonly keys: readonly JsonObject[] };

/** A client that was agreed beforehand. */
export interface AgreedClient {
  readonly id: string;
  readonly name: string | undefined;
  readonly redirectUris: readonly string[];
  readonly secret: Secret | undefined;
  readonly keys: readonly JsonObject[] | undefined;
  readonly certificate: CertificateName | undefined;
  /** Whether its tokens are bound to the certificate of its connection. */
  readonly boundToCertificate: boolean;
  /** What it may do for itself; undefined where it never acts without a person. */
  readonly permissions: readonly string[] | undefined;
  /** Names of the issuers whose identity assertions it may exchange. */
  readonly assertions: ReadonlySet<string>;
}

/** How long what a client gets is good. */
export interface Lifetimes {
  readonly accessTokenMs: number;
  readonly refreshTokenMs: number;
  /** How long a refresh token that was used answers with its successor. */
  readonly graceMs: number;
}

/** What the configuration says of the authorization server. */
export interface AuthorityRules {
  readonly issuer: string;
  readonly resources: readonly Resource[];
  readonly clients: readonly AgreedClient[];
  readonly lifetimesOf: (clientId: string | undefined) => Lifetimes;
  /** Whether connections may have client certificates. */
  readonly mutualTls: boolean;
  readonly session: { readonly idleMs: number; readonly absoluteMs: number };
  readonly registration: { readonly dynamic: boolean; readonly documents: boolean };
  /** Private schemes that a redirect URI may have. */
  readonly redirectSchemes: ReadonlySet<string>;
  /** Whether a scope says anything about a server: a permission, by its name or written out, or a name of the configuration. */
  readonly isScopeOf: (scope: string, server: string) => boolean;
}

/**
 * What a client is given that asks for nothing in particular: all that the person may do at this server. It is no permission, so a token
 * with it alone stands for the whole of its person (decision 17).
 */
export const WHOLE_SCOPE = 'mcp';
