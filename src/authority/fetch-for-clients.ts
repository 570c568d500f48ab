import type { Network } from '../ports/network.ts';

/** A document of a client, or its keys. */
const MOST_BYTES = 64 * 1024;
const TIMEOUT_MS = 5_000;

/**
 * What the provider fetches of clients, through the one guarded way out: private addresses are refused, redirects are not followed
 * (attacks.md group C; CIMD draft §6).
 */
export const fetchForClients = (network: Network) => async (url: string | URL): Promise<Response> => {
  const answer = await network.send({ url: String(url), method: 'GET', accept: ['application/json', 'application/jwk-set+json', 'application/cimd+json'], maxBytes: MOST_BYTES, timeoutMs: TIMEOUT_MS });
  const kept = ['cache-control', 'expires', 'content-type'].flatMap((name) => (answer.headers[name] === undefined ? [] : [[name, answer.headers[name]] as [string, string]]));
  // A status without a body is none the provider accepts, and `Response` refuses to have a body with it.
  const body = answer.status === 204 || answer.status === 304 ? null : new Uint8Array(answer.body);
  return new Response(body, { status: answer.status, headers: kept });
};
