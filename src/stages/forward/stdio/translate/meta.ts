import { isJsonObject, type JsonObject } from '../../../../model/json.ts';

export const Meta = {
  protocolVersion: 'io.modelcontextprotocol/protocolVersion',
  clientInfo: 'io.modelcontextprotocol/clientInfo',
  clientCapabilities: 'io.modelcontextprotocol/clientCapabilities',
  logLevel: 'io.modelcontextprotocol/logLevel',
  serverInfo: 'io.modelcontextprotocol/serverInfo',
  subscriptionId: 'io.modelcontextprotocol/subscriptionId',
} as const;

/** The keys 2026-07-28 adds to `_meta`; a 2025 peer has no use for them. Vendor keys are nobody's business here. */
const MODERN_KEYS: readonly string[] = Object.values(Meta);

export const metaOf = (holder: JsonObject): JsonObject => (isJsonObject(holder['_meta']) ? holder['_meta'] : {});

export const withMeta = (holder: JsonObject, meta: JsonObject): JsonObject => ({ ...holder, _meta: { ...metaOf(holder), ...meta } });

/** Takes the modern keys out, and an empty `_meta` with them. */
export const withoutModernMeta = (holder: JsonObject): JsonObject => {
  if (!isJsonObject(holder['_meta'])) return holder;
  const kept = Object.entries(holder['_meta']).filter(([key]) => !MODERN_KEYS.includes(key));
  const { _meta: _dropped, ...rest } = holder;
  return kept.length === 0 ? rest : { ...rest, _meta: Object.fromEntries(kept) };
};
