import { isJsonObject, type JsonObject } from '../../../../model/json.ts';
import { MODERN_VERSION } from '../child/server-facts.ts';
import { RpcCode } from '../rpc/codes.ts';
import type { RpcError } from '../rpc/message.ts';
import { Meta, withMeta, withoutModernMeta } from './meta.ts';

/** What a legacy session tells a modern child with every request, having told us once. */
export interface SessionIdentity {
  readonly clientInfo: JsonObject;
  readonly capabilities: JsonObject;
  /** What the session asked for by `logging/setLevel`, or our choice for one that did not. */
  readonly logLevel: string;
}

/** `listChanged` of roots and the 2025 tasks are no capabilities of 2026-07-28. */
const capabilitiesForModernChild = ({ roots, tasks: _tasks, ...rest }: JsonObject): JsonObject => (roots === undefined ? rest : { ...rest, roots: {} });

/** A legacy caller's params as a modern child wants them. */
export const paramsForModernChild = (params: JsonObject, { clientInfo, capabilities, logLevel }: SessionIdentity): JsonObject =>
  withMeta(params, {
    [Meta.protocolVersion]: MODERN_VERSION,
    [Meta.clientInfo]: clientInfo,
    [Meta.clientCapabilities]: capabilitiesForModernChild(capabilities),
    [Meta.logLevel]: logLevel,
  });

/** A modern child's result as a legacy caller knows it. */
export const resultForLegacyCaller = (result: JsonObject): JsonObject => {
  const { resultType: _type, ttlMs: _ttl, cacheScope: _scope, ...rest } = result;
  return withoutModernMeta(rest);
};

/** A missing resource has a code of its own in 2025; a modern child says it with the uri as data (2025-11-25 resources). */
export const errorForLegacyCaller = (method: string, error: RpcError): RpcError =>
  method === 'resources/read' && error.code === RpcCode.invalidParams && isJsonObject(error.data) && typeof error.data['uri'] === 'string'
    ? { ...error, code: RpcCode.legacyResourceNotFound }
    : error;
