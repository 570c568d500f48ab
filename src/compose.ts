import { knownIssuers } from './config/issuers/issuers.ts';
import { keyClassesOf, rightsOf } from './config/rights.ts';
import { originsOf, type Origin } from './config/origins.ts';
import { buildAdminPlane } from './planes/admin-plane.ts';
import { sourcesOf } from './config/secret-ref.ts';
import { signInRules } from './config/sign-in/sign-in-rules.ts';
import { buildAuthorityPlane } from './planes/authority/authority-plane.ts';
import { buildProviderChecks } from './planes/authority/provider-checks.ts';
import { identityProviders } from './planes/identity-providers.ts';
import { buildScimPlane } from './planes/scim-plane.ts';
import { buildRenewalPlane } from './planes/renewal-plane.ts';
import { buildNoticesPlane } from './planes/notices-plane.ts';
import { buildGatewayPlane } from './planes/gateway-plane.ts';
import { buildAdminLimit, buildHandshakeLimit, buildOwnShield } from './planes/shield.ts';
import { waysIn } from './planes/ways-in.ts';
import { buildUpstreams, type Upstreams } from './planes/upstreams.ts';
import { describeMalformed } from './stages/audit/describe.ts';
import { buildStoredKeys, indexConfigured } from './stages/authenticate/index-keys.ts';
import { compilePolicy } from './stages/authorize/compile-policy.ts';
import { buildProbes } from './stages/listen/probes.ts';
import { RENEWAL_PATH } from './stages/route/renewal-route.ts';
import { buildRequestId } from './stages/listen/request-id.ts';
import type { Config } from './config/schema.ts';
import type { ConfiguredKey } from './model/api-key.ts';
import type { Built } from './planes/built.ts';
import type { Base } from './planes/base.ts';
import type { Plane } from './stages/listen/http-server.ts';

/** A running configuration. */
export interface System {
  readonly config: Config;
  /** One for each listener, in the order of `originsOf`. */
  readonly planes: readonly Plane[];
  readonly upstreams: Upstreams;
  /** Whether an address may begin another TLS handshake. */
  readonly mayShake: (address: string) => boolean;
  /** Why no traffic should come yet, or any more: /readyz answers 503 with these words. */
  readonly blockers: Set<string>;
  /** Asks providers whether the people who are signed in are still there, where it is time. */
  readonly recheck: () => Promise<void>;
}

const complaints = (upstreams: Upstreams, { issuers }: Base) => (): readonly string[] => [
  ...[...upstreams.byName].flatMap(([server, upstream]) => {
    const health = upstream.health();
    return health.kind === 'down' ? [`server ${server}: ${health.reason}`] : [];
  }),
  ...issuers.complaints(),
];

/** Where issuers give notice; a server that is called `issuers` has other paths. */
const NOTICES = '/issuers/';
/** Where a company's directory is listened to; a server that is called `scim` has another path. */
const SCIM = '/scim/v2/';
const NOTICE = /^\/issuers\/[^/]+\/(?:logout|revoke)$/;

const handleOf = (config: Config, origin: Origin, built: Built): Plane['handle'] => {
  const handleMcp = buildGatewayPlane(config, origin, built);
  const handleAdmin = origin.admin ? buildAdminPlane(config, origin, built) : handleMcp;
  const authority = buildAuthorityPlane(config, origin, built);
  const handleScim = buildScimPlane(config, origin, built) ?? handleMcp;
  const handleRenewal = buildRenewalPlane(config, origin, built) ?? handleMcp;
  const handleNotice = origin.accept.has('oauth') ? buildNoticesPlane(config, origin, built) : handleMcp;
  return (inbound) => {
    if (authority?.isOwn(inbound.path) === true) return authority.handle(inbound);
    if (inbound.path.startsWith('/api/')) return handleAdmin(inbound);
    if (inbound.path === RENEWAL_PATH) return handleRenewal(inbound);
    if (inbound.path.startsWith(SCIM)) return handleScim(inbound);
    return inbound.path.startsWith(NOTICES) && NOTICE.test(inbound.path) ? handleNotice(inbound) : handleMcp(inbound);
  };
};

/**
 * Config and world become a running system. A reload composes a second one from the new config and the same base; a bad
 * config throws here and the old system goes on.
 * @param configured keys of MCP_API_KEYS
 * @param previous the system whose unchanged upstreams are kept
 * @throws ConfigError when a referenced secret is not there
 */
export const compose = (config: Config, base: Base, configured: readonly ConfiguredKey[], previous?: System): System => {
  const upstreams = buildUpstreams(config, base, previous?.upstreams);
  const policy = compilePolicy(config);
  const signInWays = identityProviders(signInRules(config, sourcesOf(base.environment, config)), base.world);
  const checks = buildProviderChecks(config, base, signInWays);
  const built = { base, upstreams, signInWays, checks, policy, shield: buildOwnShield(config, base), limitAdmin: buildAdminLimit(config, base), ...waysIn(base, config) };
  base.pins.follow(new Map(Object.entries(config.servers)));
  const handles = originsOf(config).map((origin) => handleOf(config, origin, built));
  const rights = rightsOf(config);
  const blockers = new Set<string>();
  const nextId = buildRequestId(base.world);
  const malformed: Plane['malformed'] = (address, refusal) => {
    const event = describeMalformed({ id: nextId(), atMs: base.world.clock.nowMs(), address }, refusal);
    base.observe(event);
    return base.sink.write(event).catch((error: unknown) => base.world.log.error('the audit trail cannot be written', { error }));
  };
  const plain = buildProbes(() => [...blockers], complaints(upstreams, base));
  base.store.keyClasses.replace(keyClassesOf(config));
  base.store.authority.agreed.replace(Object.entries(config.authority.clients).map(([id, { name = id, redirectUris }]) => ({ id, name, redirectUris })));
  base.store.denials.issuers.replace(knownIssuers(config));
  base.inForce.put(policy.version, base.world.clock.monotonicMs());
  // Last, because it is what requests of the old system meet too: what is thrown above changes nothing.
  base.index.replace(configured.map((key) => indexConfigured(key, rights, base.hasher)), buildStoredKeys(base.store.apiKeys, rights));
  return {
    config,
    upstreams,
    planes: handles.map((handle) => ({ plain, handle, malformed })),
    mayShake: buildHandshakeLimit(config, base),
    blockers,
    recheck: () => checks.sweep(),
  };
};
