import { quotaHeaders } from './stages/limit/refused.ts';
import { StreamRegister } from './stages/limit/open-streams.ts';
import { Buckets } from './stages/limit/buckets.ts';
import { buildLimit } from './stages/limit/limit.ts';
import { limitsOf } from './stages/limit/limits.ts';
import { buildLimiter } from './stages/limit/gcra.ts';
import { buildShield, type Shield } from './stages/limit/shield.ts';
import { buildAdminHttp } from './admin/http.ts';
import { buildAdminRoute } from './admin/http-route.ts';
import { renderOpenApi } from './admin/openapi.ts';
import { operations } from './admin/operations/list.ts';
import { admin } from './pipeline/admin.ts';
import { requireJson } from './stages/understand/media-headers.ts';
import { parseStrict } from './stages/understand/strict-json.ts';
import { buildOriginCheck } from './stages/route/origin.ts';
import { buildApiKey } from './stages/authenticate/api-key.ts';
import { buildAuthenticate } from './stages/authenticate/authenticate.ts';
import { KeyIndex, type KeyHasher } from './stages/authenticate/key-index.ts';
import { buildStoredKeys, indexConfigured } from './stages/authenticate/index-keys.ts';
import { buildAuthorize } from './stages/authorize/authorize.ts';
import { compilePolicy } from './stages/authorize/compile-policy.ts';
import { buildMayUse } from './stages/authorize/may-use.ts';
import { PolicyInForce } from './stages/authorize/policy-in-force.ts';
import { buildShadow } from './stages/authorize/shadow.ts';
import { admit } from './stages/listen/admit.ts';
import { buildProbes } from './stages/listen/probes.ts';
import type { Plane } from './stages/listen/http-server.ts';
import { buildRequestId } from './stages/listen/request-id.ts';
import { buildRoute } from './stages/route/route.ts';
import { corsHeaders } from './stages/route/preflight.ts';
import { LOOPBACK_HOSTS } from './stages/route/origin.ts';
import { buildUnderstand } from './stages/understand/understand.ts';
import { buildInject } from './stages/inject/inject.ts';
import { buildForward } from './stages/forward/forward.ts';
import { HandleRegister } from './stages/forward/handles.ts';
import { buildHttpUpstream } from './stages/forward/http/http-upstream.ts';
import { buildStdioUpstream } from './stages/forward/stdio/stdio-upstream.ts';
import { buildReveal } from './stages/reveal/reveal.ts';
import { PinnedTools } from './stages/reveal/pinned-tools.ts';
import { buildRefuseHeld } from './stages/authorize/refuse-held.ts';
import { LearnedCatalog } from './stages/reveal/catalog.ts';
import { buildRefuse } from './stages/refuse/refuse.ts';
import { buildTrail } from './stages/audit/trail.ts';
import { describeMalformed } from './stages/audit/describe.ts';
import { keyClassesOf, rightsOf } from './config/rights.ts';
import { resolveValues, type Environment } from './config/secret-ref.ts';
import type { Config, ServerConfig } from './config/schema.ts';
import { gateway } from './pipeline/gateway.ts';
import type { Policy } from './model/policy.ts';
import type { AuditEvent } from './model/audit-event.ts';
import type { ConfiguredKey } from './model/api-key.ts';
import type { Route } from './model/route.ts';
import type { Secret } from './model/secret.ts';
import type { AuditSink } from './ports/audit-sink.ts';
import type { Store } from './ports/store.ts';
import type { Upstream } from './ports/upstream.ts';
import type { World } from './ports/world.ts';

/** What outlives a reload: state, and everything that holds promises made to callers. */
export interface Base {
  readonly world: World;
  readonly store: Store;
  readonly sink: AuditSink;
  readonly hasher: KeyHasher;
  readonly index: KeyIndex;
  readonly streams: StreamRegister;
  readonly buckets: Buckets;
  readonly pins: PinnedTools;
  readonly handles: HandleRegister;
  readonly catalog: LearnedCatalog;
  /** Which policy is in force, for requests that began under another. */
  readonly inForce: PolicyInForce;
  readonly observe: (event: AuditEvent) => void;
  readonly environment: Environment;
}

export interface Upstreams {
  readonly byName: ReadonlyMap<string, Upstream>;
  /** The config each was built from: an unchanged server keeps its upstream, and with it its child, over a reload. */
  readonly madeFrom: ReadonlyMap<string, string>;
}

/** A running configuration. */
export interface System {
  readonly config: Config;
  readonly plane: Plane;
  readonly upstreams: Upstreams;
  /** Why no traffic should come yet, or any more: /readyz answers 503 with these words. */
  readonly blockers: Set<string>;
}

/** Keeps the promises that outlive a reload. @param streamsPerKey open streams one credential may hold */
export const buildBase = (parts: Omit<Base, 'index' | 'streams' | 'buckets' | 'pins' | 'handles' | 'catalog' | 'inForce'>, streamsPerKey: number): Base => ({
  ...parts,
  index: new KeyIndex(),
  streams: new StreamRegister(streamsPerKey),
  buckets: new Buckets(),
  pins: new PinnedTools(parts.store.toolPins, parts.world),
  handles: new HandleRegister(parts.world.clock, 200_000),
  catalog: new LearnedCatalog(),
  inForce: new PolicyInForce(),
});

const routeOf = ([server, entry]: readonly [string, ServerConfig]): Route => ({
  server,
  kind: 'mcp',
  environment: entry.environment,
  acceptedTools: new Set(entry.acceptTools),
  timeoutMs: entry.timeoutSeconds * 1000,
});

const hostOf = (url: string): string => new URL(url).hostname.toLowerCase();

/** Names this gateway answers to: what is configured, and loopback's names when it listens there. */
const allowedHosts = ({ listen, publicUrl }: Config): ReadonlySet<string> => {
  const bound = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
  const loopback = LOOPBACK_HOSTS.has(bound) ? LOOPBACK_HOSTS : [];
  return new Set([...loopback, bound, ...listen.allowedHosts, ...(publicUrl === undefined ? [] : [hostOf(publicUrl)])]);
};

const buildUpstream = (server: string, entry: ServerConfig, base: Base, maxAnswerBytes: number): Upstream => {
  const at = `servers.${server}`;
  const [program, ...args] = entry.command ?? [];
  if (entry.url !== undefined || program === undefined) {
    return buildHttpUpstream(
      { url: new URL(entry.url ?? ''), headers: ownHeaders(server, entry, base), maxAnswerBytes, connectTimeoutMs: 5_000 },
      base.world,
    );
  }
  return buildStdioUpstream(
    {
      server,
      command: program,
      args,
      ...(entry.cwd === undefined ? {} : { cwd: entry.cwd }),
      env: resolveValues(entry.env, `${at}.env`, base.environment),
      inheritEnv: base.environment,
      maxLineBytes: maxAnswerBytes,
    },
    base.world,
  );
};

const ownHeaders = (server: string, entry: ServerConfig, base: Base): Readonly<Record<string, Secret | string>> => {
  const lower = Object.fromEntries(Object.entries(entry.headers).map(([name, value]) => [name.toLowerCase(), value]));
  return resolveValues(lower, `servers.${server}.headers`, base.environment);
};

/** The fingerprints of a server's secrets: a rotated one builds the upstream anew. */
const secretsOf = (server: string, entry: ServerConfig, base: Base): readonly string[] =>
  Object.values({ ...resolveValues(entry.env, `servers.${server}.env`, base.environment), ...ownHeaders(server, entry, base) }).map((value) => (typeof value === 'string' ? value : value.fingerprint()));

const buildUpstreams = (config: Config, base: Base, previous: Upstreams | undefined): Upstreams => {
  const byName = new Map<string, Upstream>();
  const madeFrom = new Map<string, string>();
  for (const [server, entry] of Object.entries(config.servers)) {
    const made = JSON.stringify([entry, config.listen.maxAnswerBytes, secretsOf(server, entry, base)]);
    const kept = previous?.madeFrom.get(server) === made ? previous.byName.get(server) : undefined;
    byName.set(server, kept ?? buildUpstream(server, entry, base, config.listen.maxAnswerBytes));
    madeFrom.set(server, made);
  }
  return { byName, madeFrom };
};

const ALARM_EVERY_MS = 60_000;

/** Says that somebody guesses, once a minute: an attacker must not fill the log (K12). */
const guessingAlarm = ({ clock, log }: World): ((address: string) => void) => {
  let silentUntilMs = Number.NEGATIVE_INFINITY;
  return (address) => {
    const now = clock.monotonicMs();
    if (now < silentUntilMs) return;
    silentUntilMs = now + ALARM_EVERY_MS;
    log.warn('somebody is guessing credentials', { address });
  };
};

const buildOwnShield = ({ limits }: Config, { world }: Base): Shield =>
  buildShield(
    {
      address: buildLimiter('address', { rate: limits.address, capacity: 100_000 }, world.clock),
      failures: buildLimiter('invalid-credentials', { rate: limits.invalidCredentials, capacity: 100_000 }, world.clock),
      allowance: limits.address,
    },
    guessingAlarm(world),
  );

interface Built {
  readonly upstreams: Upstreams;
  readonly policy: Policy;
  /** One for both planes: whoever guesses at one has guessed at the other. */
  readonly shield: Shield;
}

/** The stages of the admin plane. A key in the URL is never taken there, and there is no CORS. */
const buildAdmin = (config: Config, base: Base, { policy, shield }: Built): Plane['handle'] => {
  const { world, catalog, sink, observe } = base;
  const http = buildAdminHttp({
    needs: { store: base.store, hasher: base.hasher, world },
    names: config,
    document: JSON.stringify(renderOpenApi(operations)),
    readJson: ({ headers }, body) => {
      // An answer is always JSON here: whatever is accepted may be.
      requireJson({ ...headers, accept: undefined });
      return parseStrict(body);
    },
  });
  return admin({
    ...http,
    open: buildTrail({ clock: world.clock, log: world.log, sink, catalog, observe, policy: policy.version, render: buildRefuse({ corsHeaders: () => ({}) }) }),
    admit,
    route: buildAdminRoute({
      operations,
      checkHost: buildOriginCheck({ allowedHosts: allowedHosts(config), allowedOrigins: new Set() }),
      publicOrigin: config.publicUrl === undefined ? undefined : new URL(config.publicUrl).origin,
    }),
    shield: (routed) => shield.check(routed),
    authenticate: buildAuthenticate({ keyHeader: config.apiKeys.header.toLowerCase(), query: false, authenticators: [buildApiKey({ index: base.index, hasher: base.hasher, clock: world.clock })] }, shield),
  });
};

/** The stages of the gateway plane, each handed what it needs and nothing else. */
const buildGateway = (config: Config, base: Base, { upstreams, policy, shield }: Built): Plane['handle'] => {
  const { world, handles, catalog, pins, streams, sink, observe } = base;
  const { clock, log } = world;
  const decide = { policy, catalog, clock };
  const shadow = config.shadowPolicy === undefined ? undefined : buildShadow(config.shadowPolicy, config.people);
  const authorize = buildAuthorize({ ...decide, shadow, isReplaced: () => base.inForce.hasReplaced(policy.version, clock.monotonicMs()) });
  const [mayUse, refuseHeld] = [buildMayUse(decide), buildRefuseHeld(pins)];
  const routes = Object.entries(config.servers).map(routeOf);
  const own = new Map(Object.entries(config.servers).map(([server, entry]) => [server, ownHeaders(server, entry, base)]));
  const { limits, listen, apiKeys } = config;
  return gateway({
    open: buildTrail({ clock, log, sink, catalog, observe, policy: policy.version, render: buildRefuse({ corsHeaders }) }),
    admit,
    route: buildRoute({ routes, allowedHosts: allowedHosts(config), allowedOrigins: new Set(listen.allowedOrigins.map((url) => new URL(url).origin)) }),
    shield: (routed) => shield.check(routed),
    authenticate: buildAuthenticate({ keyHeader: apiKeys.header.toLowerCase(), query: apiKeys.query && base.environment['MCP_API_KEY_QUERY'] !== 'off', authenticators: [buildApiKey({ index: base.index, hasher: base.hasher, clock })] }, shield),
    understand: buildUnderstand({ supportedVersions: ['2026-07-28', '2025-11-25', '2025-06-18', '2025-03-26'] }),
    authorize: (understood) => refuseHeld(authorize(understood)),
    limit: buildLimit({ limits: limitsOf(limits), buckets: base.buckets, clock, isFull: (credentialId) => streams.isFull(credentialId) }),
    inject: buildInject(own),
    forward: buildForward({ upstreams: upstreams.byName, handles }),
    reveal: buildReveal({ mayUse: (asking, primitive) => !(primitive.kind === 'tool' && pins.isHeld(asking.route.server, primitive.name)) && mayUse(asking, primitive), pins, quotaHeaders, corsHeaders, handles, catalog, streams, log, maxEventBytes: listen.maxAnswerBytes }),
  });
};

const complaints = (upstreams: Upstreams) => (): readonly string[] =>
  [...upstreams.byName].flatMap(([server, upstream]) => {
    const health = upstream.health();
    return health.kind === 'down' ? [`server ${server}: ${health.reason}`] : [];
  });

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
  const built = { upstreams, policy, shield: buildOwnShield(config, base) };
  base.pins.follow(new Map(Object.entries(config.servers)));
  const handleMcp = buildGateway(config, base, built);
  const handleAdmin = config.listen.admin ? buildAdmin(config, base, built) : handleMcp;
  const handle: Plane['handle'] = (inbound) => (inbound.path.startsWith('/api/') ? handleAdmin(inbound) : handleMcp(inbound));
  const rights = rightsOf(config);
  const blockers = new Set<string>();
  const nextId = buildRequestId(base.world);
  const malformed: Plane['malformed'] = (address, refusal) => {
    const event = describeMalformed({ id: nextId(), atMs: base.world.clock.nowMs(), address }, refusal);
    base.observe(event);
    return base.sink.write(event).catch((error: unknown) => base.world.log.error('the audit trail cannot be written', { error }));
  };
  base.store.keyClasses.replace(keyClassesOf(config));
  base.inForce.put(policy.version, base.world.clock.monotonicMs());
  // Last, because it is what requests of the old system meet too: what is thrown above changes nothing.
  base.index.replace(configured.map((key) => indexConfigured(key, rights, base.hasher)), buildStoredKeys(base.store.apiKeys, rights));
  return {
    config,
    upstreams,
    plane: { plain: buildProbes(() => [...blockers], complaints(upstreams)), handle, malformed },
    blockers,
  };
};
