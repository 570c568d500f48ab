import type { Era } from '../../../../model/call.ts';
import { isJsonObject, type JsonObject } from '../../../../model/json.ts';

export const MODERN_VERSION = '2026-07-28';
/** Newest first; what is offered to legacy callers. */
export const LEGACY_VERSIONS = ['2025-11-25', '2025-06-18', '2025-03-26'] as const;
export const NEWEST_LEGACY = LEGACY_VERSIONS[0];
/** A child may speak one revision that no Streamable HTTP caller does: over stdio it differs in nothing we use. */
const ACCEPTED_FROM_CHILD: readonly unknown[] = [...LEGACY_VERSIONS, '2024-11-05'];

/** What a child said about itself when it was opened. */
export interface ServerFacts {
  readonly era: Era;
  /** The newest revision it speaks that we speak too. */
  readonly protocolVersion: string;
  readonly serverInfo: JsonObject;
  readonly capabilities: JsonObject;
  readonly instructions: string | undefined;
  /** A modern child's own `server/discover` result. */
  readonly discovered: JsonObject | undefined;
}

const SERVER_INFO = 'io.modelcontextprotocol/serverInfo';

const instructionsOf = ({ instructions }: JsonObject): string | undefined => (typeof instructions === 'string' ? instructions : undefined);

/** Reads a `server/discover` result; undefined when it is none of the revision we speak. */
export const factsFromDiscovery = (result: JsonObject): ServerFacts | undefined => {
  const { supportedVersions, capabilities, _meta } = result;
  if (!Array.isArray(supportedVersions) || !supportedVersions.includes(MODERN_VERSION) || !isJsonObject(capabilities)) return undefined;
  const serverInfo = isJsonObject(_meta) ? _meta[SERVER_INFO] : undefined;
  return {
    era: 'modern',
    protocolVersion: MODERN_VERSION,
    serverInfo: isJsonObject(serverInfo) ? serverInfo : { name: 'unnamed', version: '0' },
    capabilities,
    instructions: instructionsOf(result),
    discovered: result,
  };
};

/** Reads an `initialize` result; undefined when the server chose a revision we do not speak. */
export const factsFromInitialize = (result: JsonObject): ServerFacts | undefined => {
  const { protocolVersion, capabilities, serverInfo } = result;
  if (typeof protocolVersion !== 'string' || !ACCEPTED_FROM_CHILD.includes(protocolVersion)) return undefined;
  return {
    era: 'legacy',
    protocolVersion,
    serverInfo: isJsonObject(serverInfo) ? serverInfo : { name: 'unnamed', version: '0' },
    capabilities: isJsonObject(capabilities) ? capabilities : {},
    instructions: instructionsOf(result),
    discovered: undefined,
  };
};
