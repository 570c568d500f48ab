import { GatewayError } from '../../errors/gateway-error.ts';
import type { McpCall, RpcId } from '../../model/call.ts';
import { widen, type Identified, type RequestHeaders, type Understood } from '../../model/exchange.ts';
import { readEnvelope, requestIdOf, type Message } from './envelope.ts';
import { decideEra, hasModernHeader, requireLegacyVersion } from './era.ts';
import { requireNameMirror, requireReadableParameters } from './headers.ts';
import { requireEventStream, requireJson } from './media-headers.ts';
import { methodFor, type Method } from './methods.ts';
import { refusal } from './refusal.ts';
import { parseStrict } from './strict-json.ts';

export interface UnderstandOptions {
  /** Every protocol revision the gateway speaks, such as `2025-06-18`. */
  readonly supportedVersions: readonly string[];
}

/** "Only visible ASCII" (2025-11-25, Session Management); the length is ours. */
const SESSION_ID = /^[!-~]{1,256}$/;

const notAllowed = (allow: string): GatewayError => refusal('http.method-not-allowed', `only ${allow} is allowed here`, { headers: { Allow: allow } });

const sessionOf = (headers: RequestHeaders): string | undefined => {
  const id = headers['mcp-session-id'];
  if (id === undefined || SESSION_ID.test(id)) return id;
  throw refusal('session.unknown', 'Mcp-Session-Id is not 1 to 256 visible ASCII characters');
};

/** Runs `work` so that its refusal carries the id the reply must have (TR-12; MCP: errors keep the request's id). */
const answering = <Result>(rpcId: RpcId | undefined, work: () => Result): Result => {
  try {
    return work();
  } catch (error) {
    if (rpcId === undefined || !(error instanceof GatewayError)) throw error;
    throw new GatewayError(error.code, { ...error.circumstances, rpcId });
  }
};

/** The method's primitives, after the headers that only the modern era has were compared with the body. */
const readMethod = (message: Message & { kind: 'request' }, method: Method, headers: RequestHeaders | undefined): McpCall => {
  const { id, params } = message;
  const primitives = method.primitives(params);
  if (headers !== undefined) {
    requireNameMirror(headers, method.named === undefined ? undefined : params[method.named]);
    requireReadableParameters(headers);
  }
  return { kind: 'request', era: headers === undefined ? 'legacy' : 'modern', id, method: message.method, params, primitives };
};

const readCall = (message: Message, headers: RequestHeaders, supported: readonly string[]): McpCall => {
  const era = decideEra(message, headers, supported);
  if (message.kind === 'response') return { kind: 'response', era: 'legacy', id: message.id };
  const method = methodFor(message.kind, message.method, era);
  if (message.kind === 'request') return readMethod(message, method, era === 'modern' ? headers : undefined);
  return { kind: 'notification', era, method: message.method, params: message.params, primitives: method.primitives(message.params) };
};

const readMessage = (identified: Identified, body: Buffer, supported: readonly string[]): Understood => {
  const { headers } = identified;
  const value = parseStrict(body);
  return answering(requestIdOf(value), () => {
    const call = readCall(readEnvelope(value), headers, supported);
    // The modern era has no sessions: what an old proxy may have added is ignored (TR-1).
    const sessionId = 'era' in call && call.era === 'legacy' ? sessionOf(headers) : undefined;
    if (call.kind === 'response' && sessionId === undefined) throw refusal('rpc.invalid', 'a response without a session answers nothing');
    return widen(identified, { call, body, sessionId });
  });
};

/** One message by POST. The body is read only when its headers allow to (N10, N11). */
const readPost = (identified: Identified, supported: readonly string[]): Understood | Promise<Understood> => {
  requireJson(identified.headers);
  const body = identified.readBody();
  return body instanceof Promise ? body.then((bytes) => readMessage(identified, bytes, supported)) : readMessage(identified, body, supported);
};

/** The legacy stream (GET) and the end of a session (DELETE); a server without sessions gets them without one. */
const readBodiless = (identified: Identified, kind: 'stream' | 'end', supported: readonly string[]): Understood => {
  const { headers } = identified;
  if (hasModernHeader(headers)) throw notAllowed('POST'); // TR-1, M09
  if (kind === 'stream') requireEventStream(headers);
  requireLegacyVersion(headers, supported);
  return widen(identified, { call: { kind, era: 'legacy' } as const, body: undefined, sessionId: sessionOf(headers) });
};

const readStatus = (identified: Identified): Understood => {
  if (identified.method !== 'GET') throw notAllowed('GET');
  return widen(identified, { call: { kind: 'status' } as const, body: undefined, sessionId: undefined });
};

/**
 * Builds the stage that turns bytes into an McpCall and refuses what two readers could read differently. Everything later
 * stages judge comes out of the body, never out of a header, and the same bytes go upstream.
 * The stage throws GatewayError: `http.*` before a body was read, then `rpc.*` and `session.unknown`, with
 * `circumstances.rpcId` set once the id could be read.
 */
export const buildUnderstand =
  ({ supportedVersions }: UnderstandOptions) =>
  (identified: Identified): Understood | Promise<Understood> => {
    if (identified.route.kind === 'status') return readStatus(identified);
    switch (identified.method) {
      case 'POST':
        return readPost(identified, supportedVersions);
      case 'GET':
        return readBodiless(identified, 'stream', supportedVersions);
      case 'DELETE':
        return readBodiless(identified, 'end', supportedVersions);
      default:
        throw notAllowed('GET, POST, DELETE');
    }
  };
