import type { KeyLimits } from './api-key.ts';
import type { JsonObject } from './json.ts';
import type { PermissionSet } from './permission/permission.ts';
import type { TokenFacts } from './token/token-facts.ts';

/** Whom a key acts for that has no owner: nobody in particular, and every line of the trail says so (D2). It is nobody's name. */
export const NO_IDENTITY = 'no identity';

/** How a caller proved who they are. */
export type AuthMethod = 'api-key' | 'oauth' | 'mtls';

/** Where in the request the credential stood (the audit trail's `via`). */
export type CredentialPlace = 'header' | 'bearer' | 'dpop' | 'query' | 'certificate';

/** The caller, known. Built once per credential and shared by its requests, so it is frozen. */
export interface Principal {
  /** Whom the credential acts for: the key's owner, a user id, a certificate subject. */
  readonly subject: string;
  /** The human-readable name of the credential ("ChatGPT Connector"). */
  readonly name: string;
  readonly method: AuthMethod;
  /** Stable id of the credential, never the credential itself. */
  readonly credentialId: string;
  readonly roles: readonly string[];
  /** All roles of whom it acts for, carried by the credential or not: what is denied to a role meets these too, what is allowed to one does not. */
  readonly ownerRoles?: readonly string[];
  /**
   * Nothing was given to the credential itself, neither permissions nor roles: it stands for the whole of its person, and rules that allow
   * by person, by group or to everybody reach it. Absent, the credential is held to what it was given.
   */
  readonly whole?: true;
  /** A display group for the audit sentence, e.g. `Engineering` (R71). */
  readonly group?: string;
  /** Groups of the person it acts for, as the configuration lists them. */
  readonly groups: readonly string[];
  readonly permissions: PermissionSet;
  /** The OAuth client that the token was issued to, verified (R40). */
  readonly clientId?: string;
  /** The issuer of the token, as the configuration names it. */
  readonly issuer?: string;
  /** Claims of the token that the configuration maps; never the whole token. */
  readonly claims?: JsonObject;
  /** The scopes of the token, with what they imply (RS-11). */
  readonly scopes?: readonly string[];
  /** The id of the key that came with the token, where a server asks for both: its limits count, and it must live. */
  readonly key?: string;
  /** What the token says of itself, for denials that come later. */
  readonly token?: TokenFacts;
  /** What the credential itself is limited to, besides the limits of the configuration. */
  readonly limits?: KeyLimits;
  /** Milliseconds since the epoch from which the credential is refused; absent = does not expire. */
  readonly expiresAtMs?: number;
}
