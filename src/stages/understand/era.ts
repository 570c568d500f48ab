import type { GatewayError } from '../../errors/gateway-error.ts';
import type { Era } from '../../model/call.ts';
import type { RequestHeaders } from '../../model/exchange.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { Message } from './envelope.ts';
import { headerOf, requireMirrors } from './headers.ts';
import { refusal } from './refusal.ts';

const FIRST_MODERN = '2026-07-28';
/** What a request without any version is taken for (2025-06-18, "Protocol Version Header"). */
const ASSUMED = '2025-03-26';
const VERSION = 'io.modelcontextprotocol/protocolVersion';
const CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities';
const CLIENT = 'io.modelcontextprotocol/clientInfo';
/** What a version may look like: it is repeated in `data.requested`. */
const VERSION_TEXT = /^[!-~]{1,64}$/;

/** Revisions are dates, so their order as text is their order in time. */
const isModern = (version: string): boolean => version >= FIRST_MODERN;

/** -32022 with the versions of the era that was asked for, or all when we speak none of it (TR-3, TR-7). */
const unsupported = (requested: string, supported: readonly string[]): GatewayError => {
  const ofEra = supported.filter((version) => isModern(version) === isModern(requested));
  return refusal('rpc.version', 'the protocol version is not supported', {
    data: { supported: ofEra.length > 0 ? ofEra : supported, requested: VERSION_TEXT.test(requested) ? requested : '' },
  });
};

const incomplete = (key: string, problem: string): GatewayError =>
  refusal('rpc.params', `${key} is ${problem}`, { data: { envelope: { key, problem } } });

/** Checks the envelope of the modern era (TR-4) and returns the version it names. `clientInfo` may be absent. */
const readModernMeta = (meta: JsonObject): string => {
  const version = meta[VERSION];
  if (version === undefined) throw incomplete(VERSION, 'missing');
  if (typeof version !== 'string' || !VERSION_TEXT.test(version)) throw incomplete(VERSION, 'not a protocol version');
  if (meta[CAPABILITIES] === undefined) throw incomplete(CAPABILITIES, 'missing');
  if (!isJsonObject(meta[CAPABILITIES])) throw incomplete(CAPABILITIES, 'not an object');
  if (meta[CLIENT] !== undefined && !isJsonObject(meta[CLIENT])) throw incomplete(CLIENT, 'not an object');
  return version;
};

const metaOf = (params: JsonObject): JsonObject | undefined => {
  const meta: JsonValue | undefined = params['_meta'];
  if (meta === undefined || isJsonObject(meta)) return meta;
  throw incomplete('_meta', 'not an object');
};

/**
 * A version header of the legacy era may be absent (2025-06-18: then 2025-03-26 is assumed), but not unknown.
 * @throws GatewayError `rpc.version` (400)
 */
export const requireLegacyVersion = (headers: RequestHeaders, supported: readonly string[]): void => {
  const version = headerOf(headers, 'mcp-protocol-version');
  if (version !== undefined && !supported.includes(version)) throw unsupported(version, supported);
};

/** True when the version header names a modern revision, known or not. */
export const hasModernHeader = (headers: RequestHeaders): boolean => isModern(headerOf(headers, 'mcp-protocol-version') ?? '');

/** A request that claims the modern era, by its body or its header, has to be modern in all. */
const requireModern = (message: Message & { kind: 'request' }, headers: RequestHeaders, supported: readonly string[]): void => {
  const meta = metaOf(message.params);
  if (meta === undefined) throw incomplete('_meta', 'missing');
  const version = readModernMeta(meta);
  const inHeader = headerOf(headers, 'mcp-protocol-version');
  // A client of another revision is told what we speak, unless its two statements contradict each other.
  if ((inHeader ?? version) === version && (!isModern(version) || !supported.includes(version))) throw unsupported(version, supported);
  requireMirrors(headers, version, message.method);
};

const requireLegacy = (message: Message, headers: RequestHeaders, supported: readonly string[]): void => {
  if (supported.every(isModern)) throw unsupported(headerOf(headers, 'mcp-protocol-version') ?? ASSUMED, supported);
  // `initialize` negotiates the version in its body; whatever stands in the header then is not yet agreed.
  if (message.kind !== 'request' || message.method !== 'initialize') requireLegacyVersion(headers, supported);
};

const claimsModern = (message: Message): boolean => message.kind !== 'response' && metaOf(message.params)?.[VERSION] !== undefined;

/**
 * Decides for one message which family of MCP it belongs to (mcp-spec.md §1.6) and refuses mixtures, with the codes of the
 * official servers:
 * - a version in `params._meta` makes it modern; it is then never served as legacy, however incomplete it is;
 * - a modern header makes it modern, too: a request without `_meta` lacks params (-32602), while `initialize` and responses
 *   contradict the header (-32020, -32600);
 * - everything else is legacy.
 * @param supported all protocol revisions this gateway speaks
 * @throws GatewayError `rpc.header-mismatch`, `rpc.version`, `rpc.params`, `rpc.invalid`
 */
export const decideEra = (message: Message, headers: RequestHeaders, supported: readonly string[]): Era => {
  const claimed = claimsModern(message);
  if (!claimed && !hasModernHeader(headers)) {
    requireLegacy(message, headers, supported);
    return 'legacy';
  }
  if (message.kind === 'response') throw refusal('rpc.invalid', 'the modern era has no responses of clients');
  if (message.kind === 'notification') return 'modern';
  if (!claimed && message.method === 'initialize') throw refusal('rpc.header-mismatch', 'initialize is no request of the revision in MCP-Protocol-Version');
  requireModern(message, headers, supported);
  return 'modern';
};
