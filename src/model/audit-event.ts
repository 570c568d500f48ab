import type { CertificateRecord } from './certificate.ts';
import type { Changed } from './changed.ts';
import type { JsonValue } from './json.ts';
import type { Annotation, ShadowDifference } from './policy.ts';

/** The schema version of a record; readers refuse what they do not know. */
export const AUDIT_SCHEMA = 1;

export type AuditDecision = 'allow' | 'deny' | 'error';

/** One line of the trail: who did what, where, how, and what came of it. Every request has exactly one. */
export interface AuditEvent {
  readonly v: typeof AUDIT_SCHEMA;
  /** `call` closes an exchange; `intent` stands before a write is forwarded and is joined to its call by `id`. */
  readonly type: 'call' | 'intent';
  /** The request id. */
  readonly id: string;
  /** RFC 3339 UTC with milliseconds: when the request came in. */
  readonly at: string;
  /** The subject and name of the principal; absent when nobody was proven. */
  readonly who?: string;
  readonly name?: string;
  readonly group?: string;
  /** All groups of the caller; the one above is displayed. */
  readonly groups?: readonly string[];
  readonly credential?: string;
  readonly roles?: readonly string[];
  /** The credential was given nothing of its own: what reaches its person reached it too. */
  readonly whole?: true;
  readonly method?: string;
  readonly via?: string;
  /** Of an access token: its issuer by its name in the configuration, the client it was issued to (verified), and its `jti` or else its digest. */
  readonly issuer?: string;
  readonly clientId?: string;
  readonly token?: string;
  /** The key that came with the token, where the server asks for both. */
  readonly key?: string;
  /** The client certificate of the connection, good or not. */
  readonly certificate?: CertificateRecord;
  readonly address: string;
  /** The client program as it names itself: self-asserted, never used for a decision (RS-18). */
  readonly client?: string;
  readonly server?: string;
  readonly environment?: 'live' | 'test';
  /** The account that the gateway's own credential belongs to at the server, as the configuration calls it. */
  readonly account?: string;
  /** The MCP method, or the HTTP method and path where no call was understood. */
  readonly call: string;
  /** The tool, resource or prompt. */
  readonly target?: string;
  /** What the server had claimed of the tool. */
  readonly annotation?: Annotation;
  /** Redacted arguments of the call. */
  readonly arguments?: JsonValue;
  /** An operation of the admin plane that was only asked what it would do. */
  readonly dryRun?: boolean;
  /** What an operation of the admin plane has made or changed. */
  readonly changed?: Changed;
  readonly decision: AuditDecision;
  /** The version of the rules that decided. */
  readonly policy?: string;
  readonly rule?: string;
  /** What the policy under `shadow` would have decided otherwise; absent when it agrees, or there is none. */
  readonly shadow?: ShadowDifference;
  /** The stable error code and the private reason of a refusal. */
  readonly code?: string;
  readonly reason?: string;
  readonly status?: number;
  /** The call was let in, and its result says that the tool failed (`isError`). */
  readonly toolError?: true;
  readonly durationMs?: number;
  /** Of `durationMs`: until the caller was known, from there until the call was decided, and from there until the server began to answer. */
  readonly authMs?: number;
  readonly policyMs?: number;
  readonly upstreamMs?: number;
  /** The trace that the request belongs to, the caller's span in it, and whether its spans are kept (W3C Trace Context). */
  readonly traceId?: string;
  readonly parentSpanId?: string;
  readonly traceSampled?: true;
  /** How a streamed reply ended, when not by itself: `client-gone`, `revoked`, `stopping`, `upstream-failed`. */
  readonly ended?: string;
}
