import type { GatewayError } from './gateway-error.ts';

const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, '')}"`;

/**
 * The `WWW-Authenticate` value of RFC 6750 §3, or undefined when the error is no challenge.
 * An absent credential gets no `error` parameter (§3.1). `metadataUrl` is RFC 9728's `resource_metadata`; an origin that
 * takes only keys passes none, because clients that see one drop their configured header (clients.md W1, W2).
 * @param realm the server's name
 */
export const challengeHeader = (error: GatewayError, realm: string, metadataUrl?: string): string | undefined => {
  const { challenge } = error.row;
  if (challenge === undefined) return undefined;
  const parameters = [`realm=${quoted(realm)}`];
  if (challenge !== '') parameters.push(`error=${quoted(challenge)}`, `error_description=${quoted(error.row.title)}`);
  if (metadataUrl !== undefined) parameters.push(`resource_metadata=${quoted(metadataUrl)}`);
  return `Bearer ${parameters.join(', ')}`;
};
