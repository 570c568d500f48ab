import type { ErrorCode } from '../../errors/catalogue.ts';
import { GatewayError } from '../../errors/gateway-error.ts';
import type { HeaderFlaw, Inbound } from '../../model/exchange.ts';

const codeOfDoubled = (name: string): ErrorCode => {
  if (name.startsWith('mcp-')) return 'rpc.header-mismatch';
  return name === 'content-type' ? 'http.media-type' : 'http.headers-refused';
};

const refusal = (flaw: HeaderFlaw): GatewayError => {
  switch (flaw.kind) {
    case 'doubled':
      return new GatewayError(codeOfDoubled(flaw.name), { reason: `header ${flaw.name} came twice`, detail: 'A header that may come once came twice.' });
    case 'too-many':
      return new GatewayError('http.headers-too-large', { reason: 'more than 100 headers', headers: { Connection: 'close' } });
    case 'expectation':
      return new GatewayError('http.expectation-failed', { reason: 'an Expect header other than 100-continue' });
    case 'body-refused':
      return new GatewayError('http.body-refused', { reason: 'a body with a method that has none', headers: { Connection: 'close' } });
    case 'http-version':
      return new GatewayError('http.malformed', { reason: 'HTTP/1.0 with a transfer coding, or an unknown version', headers: { Connection: 'close' } });
    case 'coding':
      return new GatewayError('http.malformed', { reason: 'a transfer coding other than chunked', headers: { Connection: 'close' } });
    case 'target':
      return new GatewayError('http.not-found', { reason: 'the request target is not in origin form' });
  }
};

const METHODS = new Set(['GET', 'POST', 'DELETE', 'OPTIONS']);

/** A directory changes and replaces what it has told us (RFC 7644 §3.5). */
const changesDirectory = ({ method, path }: Inbound): boolean => (method === 'PUT' || method === 'PATCH') && path.startsWith('/scim/v2/');

/** A document may be asked about without being sent (RFC 9110 §9.3.2); nothing else here has an answer that is only a head. */
const isAdmitted = (inbound: Inbound): boolean => METHODS.has(inbound.method) || changesDirectory(inbound) || isHead(inbound);

const isHead = ({ method, path }: Inbound): boolean => method === 'HEAD' && path.startsWith('/.well-known/');

/**
 * Refuses what two readers of the same head could understand differently, before anything else looks at it
 * (attacks.md groups M, P06).
 */
export const admit = (inbound: Inbound): Inbound => {
  if (!isAdmitted(inbound)) {
    throw new GatewayError('http.method-not-allowed', { reason: `method ${inbound.method.slice(0, 16)}`, headers: { Allow: 'GET, POST, DELETE, OPTIONS' } });
  }
  const [flaw] = inbound.flaws;
  if (flaw !== undefined) throw refusal(flaw);
  return inbound;
};
