import type { CustomFetch } from 'openid-client';
import type { Network } from '../../ports/network.ts';

const MAX_BYTES = 262_144;
export const TIMEOUT_MS = 10_000;

/** An error body is read by the library as any other, so its type is one that may come. */
const TYPES = ['application/json', 'application/jwk-set+json', 'application/problem+json'];

/** Set by the network alone. */
const OURS: ReadonlySet<string> = new Set(['accept', 'host', 'content-length']);

const textOf = (body: unknown): string | undefined => {
  if (body === undefined || body === null) return undefined;
  if (typeof body === 'string' || body instanceof URLSearchParams) return body.toString();
  throw new TypeError('only texts and forms are sent to an identity provider');
};

/** The library's way out is ours: guarded, bounded, without redirects and without a proxy of the environment (attacks.md S04, S06, S08). */
export const fetchThrough =
  (network: Network): CustomFetch =>
  async (url, { method, headers, body, signal }) => {
    if (method !== 'GET' && method !== 'POST') throw new TypeError(`no ${method} is sent to an identity provider`);
    const text = textOf(body);
    const sent = Object.fromEntries(Object.entries(headers).filter(([name]) => !OURS.has(name.toLowerCase())));
    const answer = await network.send({ url, method, headers: sent, accept: TYPES, maxBytes: MAX_BYTES, timeoutMs: TIMEOUT_MS, ...(text === undefined ? {} : { body: text }), ...(signal === undefined || signal === null ? {} : { signal }) });
    return new Response(answer.body.length === 0 ? null : new Uint8Array(answer.body), { status: answer.status, headers: answer.headers });
  };
