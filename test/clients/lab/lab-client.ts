import type { JsonObject } from '../../../src/model/json.ts';

/** How a client makes itself known: it registers (RFC 7591), or its id is the URL of its document (CIMD). */
export type Identity =
  | { readonly kind: 'registration'; readonly body: JsonObject }
  | { readonly kind: 'document'; readonly url: string; readonly body: JsonObject };

/**
 * A client of the field, as data with a date. What nobody has written down is the least that the protocol asks for; everything here is
 * looked at again before a release, because clients change without telling anybody.
 */
export interface LabClient {
  readonly name: string;
  /** When that was said, as an ISO 8601 date, or an interval where it is not known more closely. */
  readonly stated: string;
  /** Where, as the threads are called by their repository and number. */
  readonly sources: readonly string[];
  readonly identities: readonly Identity[];
  /** Where it has the answer sent to, as it stands in the request: the ports of loopback differ from those that were registered. */
  readonly redirects: readonly string[];
  /** What it asks for and in which order: the challenge of a 401, or a path. */
  readonly discovery: readonly string[];
  /** Whether it uses the endpoints that the metadata names, or guesses them at the root. */
  readonly endpoints: 'published' | 'guessed';
  readonly scope: 'none' | 'offline_access' | 'all';
  readonly resource: 'as published' | 'with a slash';
  readonly refresh: 'when refused' | 'two at once' | 'never';
  /** What becomes of a key that the person has configured, once there is any metadata. */
  readonly configuredKey: 'kept' | 'dropped' | 'none';
}

/** What is known of many at once: July to October 2026. */
export const SUMMER_2026 = '2026-07/2026-10';

/** The step of discovery that is no path: the challenge names the document (RFC 9728 §5.1). */
export const CHALLENGE = 'challenge';

/** The order of the TypeScript SDK, as its source has it: the document of the path, then that of the root, then the issuer's two. */
export const SDK_ORDER: readonly string[] = [
  CHALLENGE, '/.well-known/oauth-protected-resource/mcp', '/.well-known/oauth-protected-resource', '/.well-known/oauth-authorization-server', '/.well-known/openid-configuration',
];

/** What a client does of which nothing particular is known. */
export const PLAIN = {
  stated: SUMMER_2026, discovery: SDK_ORDER, endpoints: 'published', scope: 'none', resource: 'as published', refresh: 'when refused', configuredKey: 'kept',
} as const satisfies Partial<LabClient>;
