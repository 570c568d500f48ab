import type { JsonObject } from '../../../../model/json.ts';
import type { ServerFacts } from '../child/server-facts.ts';
import { RpcCode } from '../rpc/codes.ts';
import type { RpcError } from '../rpc/message.ts';
import { Meta, metaOf, withMeta, withoutModernMeta } from './meta.ts';

/** Methods of 2026-07-28 that a legacy child understands too; anything else is refused, not guessed. */
export const SHARED_METHODS: ReadonlySet<string> = new Set([
  'tools/list', 'tools/call', 'prompts/list', 'prompts/get',
  'resources/list', 'resources/templates/list', 'resources/read', 'completion/complete',
]);

/** Results that must say how long they keep (2026-07-28 server/utilities/caching). */
const CACHEABLE: ReadonlySet<string> = new Set(['server/discover', 'tools/list', 'prompts/list', 'resources/list', 'resources/templates/list', 'resources/read']);

/** A modern caller's params as a legacy child wants them. */
export const paramsForLegacyChild = (params: JsonObject): JsonObject => {
  const { inputResponses: _responses, requestState: _state, ...rest } = params;
  return withoutModernMeta(rest);
};

/**
 * A legacy child's result as a modern caller wants it. Nothing is known about how long it keeps or for whom it is, so it
 * is stale at once and private (TR-11, RS-17).
 */
export const resultForModernCaller = (method: string, result: JsonObject, facts: ServerFacts): JsonObject => {
  const stated = { ...result, resultType: 'complete', ...(CACHEABLE.has(method) ? { ttlMs: 0, cacheScope: 'private' } : {}) };
  return metaOf(result)[Meta.serverInfo] === undefined ? withMeta(stated, { [Meta.serverInfo]: facts.serverInfo }) : stated;
};

/** Codes of 2025 that 2026 does not emit (TR-12). */
export const errorForModernCaller = (error: RpcError): RpcError =>
  error.code === RpcCode.legacyResourceNotFound ? { ...error, code: RpcCode.invalidParams } : error;
