import type { IncomingMessage, ServerResponse } from 'node:http';
import { beginExchange, type HeaderFlaw, type Inbound, type RequestHeaders } from '../../model/exchange.ts';
import { fieldName, Fields } from '../../model/header-names.ts';
import { Hangup } from '../../model/hangup.ts';
import type { World } from '../../ports/world.ts';
import { readBody } from './body.ts';
import type { PeerCertificates } from './tls/peer-certificates.ts';
import { buildRequestId } from './request-id.ts';

export interface InboundOptions {
  readonly maxBodyBytes: number;
  /** The caller's address from the socket's and the forwarded headers, by configured proxies only (L01). */
  readonly addressOf: (socketAddress: string, headers: RequestHeaders) => string;
}

/** Headers a sender may split over several lines; every other doubled header is ambiguous and refused. */
const REPEATABLE = new Set(['accept', 'accept-encoding', 'accept-language', 'cache-control', 'cookie', 'forwarded', 'pragma', 'te', 'via', 'x-forwarded-for', 'access-control-request-headers']);
const MAX_HEADERS = 100;

/** Methods that bring a body; where PUT and PATCH mean nothing they are refused for that. */
const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

/**
 * One pass over the raw header lines. Node itself keeps the first of two `Authorization` lines and joins two `Mcp-Name`
 * lines, silently; here the second is a flaw (attacks.md, finding 4).
 */
const readHeaders = (raw: readonly string[], flaws: HeaderFlaw[]): RequestHeaders => {
  const headers = new Fields<string | undefined>();
  if (raw.length > MAX_HEADERS * 2) flaws.push({ kind: 'too-many' });
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const spelled = raw[at] ?? '';
    const name = fieldName(spelled) ?? spelled.toLowerCase();
    const value = raw[at + 1] ?? '';
    const before = headers[name];
    if (before === undefined) headers[name] = value;
    else if (REPEATABLE.has(name)) headers[name] = `${before}, ${value}`;
    else flaws.push({ kind: 'doubled', name });
  }
  return headers;
};

const headFlaws = (request: IncomingMessage, headers: RequestHeaders, flaws: HeaderFlaw[]): void => {
  const coding = headers['transfer-encoding'];
  const chunked = coding !== undefined;
  const length = headers['content-length'];
  // Node takes `gzip, chunked` for chunked and leaves the rest to nobody (RFC 9112 §6.1).
  if (chunked && coding.toLowerCase() !== 'chunked') flaws.push({ kind: 'coding' });
  if (request.httpVersion !== '1.1' && (chunked || request.httpVersion !== '1.0')) flaws.push({ kind: 'http-version' });
  if (!WITH_BODY.has(request.method ?? '') && (chunked || (length !== undefined && length !== '0'))) flaws.push({ kind: 'body-refused' });
  if (headers['expect'] !== undefined && headers['expect'].toLowerCase() !== '100-continue') flaws.push({ kind: 'expectation' });
  if (!(request.url ?? '').startsWith('/')) flaws.push({ kind: 'target' });
};

/** Happens when the socket closes before the reply is complete: the caller left. */
const hangupOf = (response: ServerResponse): Hangup => {
  const hangup = new Hangup();
  response.on('close', () => {
    if (!response.writableFinished) hangup.abort();
  });
  return hangup;
};

/** Turns Node's request into ours: nothing decoded, nothing normalised, the body unread. */
export const buildInbound = (options: InboundOptions & { readonly certificates?: PeerCertificates }, world: Pick<World, 'clock' | 'random'>): ((request: IncomingMessage, response: ServerResponse) => Inbound) => {
  const nextId = buildRequestId(world);
  return (request, response) => {
    const flaws: HeaderFlaw[] = [];
    const headers = readHeaders(request.rawHeaders, flaws);
    headFlaws(request, headers, flaws);
    const target = request.url ?? '';
    const mark = target.indexOf('?');
    return beginExchange({
      id: nextId(),
      atMs: world.clock.nowMs(),
      startMs: world.clock.monotonicMs(),
      method: request.method ?? '',
      path: mark < 0 ? target : target.slice(0, mark),
      query: mark < 0 ? '' : target.slice(mark + 1),
      headers,
      flaws,
      address: options.addressOf(request.socket.remoteAddress ?? 'unknown', headers),
      certificate: options.certificates?.ofRequest(request.socket, headers),
      readBody: () => readBody(request, response, options.maxBodyBytes),
      hangup: hangupOf(response),
    });
  };
};
