import type { JsonObject } from '../../../../model/json.ts';
import { LEGACY_VERSIONS, MODERN_VERSION, type ServerFacts } from '../child/server-facts.ts';
import { Meta, withMeta } from './meta.ts';

/**
 * What the bridge carries in both eras. The 2025 `tasks` are not among them: a list of tasks would show every caller
 * those of all others.
 */
const CARRIED = ['tools', 'prompts', 'resources', 'completions', 'logging', 'experimental'] as const;

const carried = (capabilities: JsonObject): JsonObject =>
  Object.fromEntries(CARRIED.flatMap((name) => (capabilities[name] === undefined ? [] : [[name, capabilities[name]] as const])));

const instructionsOf = ({ instructions }: ServerFacts): JsonObject => (instructions === undefined ? {} : { instructions });

/** What the gateway answers `server/discover` with: the child's own words, and the versions the bridge really serves. */
export const discoverResult = (facts: ServerFacts): JsonObject => {
  // Extensions pass unchanged between modern peers; a legacy child has none.
  const { extensions } = facts.discovered === undefined ? {} : facts.capabilities;
  const result = {
    ttlMs: 0,
    ...facts.discovered,
    ...instructionsOf(facts),
    resultType: 'complete',
    cacheScope: 'private',
    supportedVersions: [MODERN_VERSION, ...LEGACY_VERSIONS],
    capabilities: { ...carried(facts.capabilities), ...(extensions === undefined ? {} : { extensions }) },
  };
  return withMeta(result, { [Meta.serverInfo]: facts.serverInfo });
};

/** What the gateway answers `initialize` with. A revision we do not speak is answered with our newest (2025-11-25 lifecycle). */
export const initializeResult = (facts: ServerFacts, requestedVersion: unknown): JsonObject => ({
  protocolVersion: LEGACY_VERSIONS.find((version) => version === requestedVersion) ?? LEGACY_VERSIONS[0],
  capabilities: carried(facts.capabilities),
  serverInfo: facts.serverInfo,
  ...instructionsOf(facts),
});
