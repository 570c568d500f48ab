import type { GatewayError } from './gateway-error.ts';

const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, '')}"`;

/** What a challenge says besides the error. */
export interface ChallengeFacts {
  /** RFC 9728's `resource_metadata`. */
  readonly metadataUrl?: string | undefined;
  /** Everything that the request needs, in one challenge (RS-10). */
  readonly scopes?: readonly string[] | undefined;
}

/** What proofs may be signed with (RFC 9449 §7.1). */
export const DPOP_ALGORITHMS = 'ES256 ES384 ES512 PS256 PS384 PS512 RS256 RS384 RS512 EdDSA';

/**
 * The `WWW-Authenticate` value of RFC 6750 §3, or undefined when the error is no challenge.
 * An absent credential gets no `error` parameter (§3.1). An origin that takes only keys passes no
 * `metadataUrl` and no scopes, because clients that see them drop their configured header (clients.md W1, W2).
 * @param realm the server's name
 */
export const challengeHeader = (error: GatewayError, realm: string, { metadataUrl, scopes = [] }: ChallengeFacts = {}): string | undefined => {
  const { challenge, scheme = 'Bearer' } = error.row;
  if (challenge === undefined) return undefined;
  const parameters = [`realm=${quoted(realm)}`];
  if (challenge !== '') parameters.push(`error=${quoted(challenge)}`, `error_description=${quoted(error.row.title)}`);
  // A certificate is got elsewhere than by what these say.
  if (scheme === 'ClientCertificate') return `${scheme} ${parameters.join(', ')}`;
  if (scopes.length > 0) parameters.push(`scope=${quoted(scopes.join(' '))}`);
  if (metadataUrl !== undefined) parameters.push(`resource_metadata=${quoted(metadataUrl)}`);
  if (scheme === 'DPoP') parameters.push(`algs=${quoted(DPOP_ALGORITHMS)}`);
  return `${scheme} ${parameters.join(', ')}`;
};
