import { resolveValues, sourcesOf, type Sources } from '../config/secret-ref.ts';
import { gateway } from '../pipeline/gateway.ts';
import { buildMasking } from '../stages/audit/masking.ts';
import { buildTrail } from '../stages/audit/trail.ts';
import { buildAuthenticate } from '../stages/authenticate/authenticate.ts';
import { buildCertify } from '../stages/authenticate/certificate/certify.ts';
import { buildAuthorize } from '../stages/authorize/authorize.ts';
import { buildMayUse } from '../stages/authorize/may-use.ts';
import { buildRefuseHeld } from '../stages/authorize/refuse-held.ts';
import { buildNeededScopes } from '../stages/authorize/needed-scopes.ts';
import { buildScopeChallenge } from '../stages/authorize/scope-challenge.ts';
import { buildShadow } from '../stages/authorize/shadow.ts';
import { buildForward } from '../stages/forward/forward.ts';
import { buildInject } from '../stages/inject/inject.ts';
import { buildLimit } from '../stages/limit/limit.ts';
import { buildHoldBack } from '../stages/limit/hold-back.ts';
import { limitsOf } from '../stages/limit/limits.ts';
import { quotaHeaders } from '../errors/quota-headers.ts';
import { admit } from '../stages/listen/admit.ts';
import { buildRefuse } from '../stages/refuse/refuse.ts';
import { buildHoldsOwn, type HoldsOwn } from '../stages/reveal/own-credentials.ts';
import { buildReveal } from '../stages/reveal/reveal.ts';
import { corsHeaders } from '../stages/route/preflight.ts';
import { buildRoute } from '../stages/route/route.ts';
import { buildUnderstand } from '../stages/understand/understand.ts';
import { behindCertificate, byCertificate } from './certificates.ts';
import { allowedHosts } from './hosts.ts';
import { ownHeaders } from './upstreams.ts';
import { resourceMetadata } from './resource-metadata.ts';
import { openWays } from './ways-in.ts';
import type { Origin } from '../config/origins.ts';
import type { Config, ServerConfig } from '../config/schema.ts';
import { MASKED_ARGUMENTS } from '../model/argument-digest.ts';
import type { Route } from '../model/route.ts';
import type { Secret } from '../model/secret.ts';
import type { Plane } from '../stages/listen/http-server.ts';
import type { Built } from './built.ts';

const routeOf = ([server, entry]: readonly [string, ServerConfig]): Route => ({
  server,
  kind: 'mcp',
  environment: entry.environment,
  account: entry.account,
  acceptedTools: new Set(entry.acceptTools),
  timeoutMs: entry.timeoutSeconds * 1000,
  keyAndToken: entry.tokens.withKey,
  besideCertificate: entry.besideCertificate,
  ...(entry.clientCa === undefined ? {} : { clientIssuers: entry.clientCa }),
});

const neededScopes = ({ permissions, servers }: Config) =>
  buildNeededScopes({ permissions, stepUp: Object.fromEntries(Object.entries(servers).map(([server, { scopes }]) => [server, Object.entries(scopes.stepUp).map(([tool, needed]) => ({ tool, scopes: needed }))])) });

const opensBy = ({ accept }: Origin) => {
  if (accept.has('api-key')) return accept.has('oauth') ? 'either' : 'keys';
  return accept.has('oauth') ? 'tokens' : 'certificates';
};

/** What no answer of a server may hold; servers that are told no secret are not in it. */
const holdsOwnOf = (config: Config, own: ReadonlyMap<string, Readonly<Record<string, Secret | string>>>, sources: Sources): ReadonlyMap<string, HoldsOwn> =>
  new Map(Object.entries(config.servers).flatMap(([server, entry]) => {
    const holdsOwn = buildHoldsOwn({ ...resolveValues(entry.env, `servers.${server}.env`, sources), ...own.get(server) });
    return holdsOwn === undefined ? [] : [[server, holdsOwn] as const];
  }));

/** The stages of the gateway plane, each handed what it needs and nothing else. */
export const buildGatewayPlane = (config: Config, origin: Origin, { base, ways, upstreams, policy, shield }: Built): Plane['handle'] => {
  const { world, handles, catalog, pins, streams, sink, observe } = base;
  const { clock, log } = world;
  const decide = { policy, catalog, clock };
  const shadow = config.shadowPolicy === undefined ? undefined : buildShadow(config.shadowPolicy, config.people);
  const authorize = buildScopeChallenge(neededScopes(config), buildAuthorize({ ...decide, shadow, isReplaced: () => base.inForce.hasReplaced(policy.version, clock.monotonicMs()) }));
  const [mayUse, refuseHeld] = [buildMayUse(decide), buildRefuseHeld(pins)];
  const routes = Object.entries(config.servers).map(routeOf);
  const metadata = resourceMetadata(config, origin);
  const own = new Map(Object.entries(config.servers).map(([server, entry]) => [server, ownHeaders(server, entry, sourcesOf(base.environment, config))]));
  const traced = base.tracing === undefined ? {} : { tracing: base.tracing };
  const { limits, listen, apiKeys } = config;
  const limit = buildLimit({ limits: limitsOf(limits), buckets: base.buckets, clock, isFull: (credentialId) => streams.isFull(credentialId) });
  const held = config.alarms.throttle ? buildHoldBack(base.throttle, limit) : limit;
  return gateway({
    open: buildTrail({ clock, log, sink, catalog, observe, policy: policy.version, maskingFor: buildMasking(config.audit.redact, base.hasher.derive(MASKED_ARGUMENTS)), render: buildRefuse({ corsHeaders }), ...traced }),
    admit,
    route: buildRoute({ routes, metadata, allowedHosts: allowedHosts(origin), allowedOrigins: new Set(listen.allowedOrigins.map((url) => new URL(url).origin)) }),
    shield: (routed) => shield.check(routed),
    authenticate: behindCertificate(buildCertify({ mode: origin.certificates, register: base.certificates }), buildAuthenticate({ keyHeader: apiKeys.header.toLowerCase(), query: apiKeys.query && base.environment['MCP_API_KEY_QUERY'] !== 'off', authenticators: openWays(ways, origin.accept), opens: opensBy(origin), against: (principal) => base.denials.againstPerson(principal), ...(origin.accept.has('mtls') ? { byCertificate: byCertificate(config, base.certificates) } : {}) }, shield)),
    understand: buildUnderstand({ supportedVersions: ['2026-07-28', '2025-11-25', '2025-06-18', '2025-03-26'] }),
    authorize: (understood) => refuseHeld(authorize(understood)),
    limit: (permitted) => {
      base.sinkGate.require();
      return held(permitted);
    },
    inject: buildInject(own, base.tracing),
    forward: buildForward({ upstreams: upstreams.byName, handles }),
    reveal: buildReveal({ mayUse: (asking, primitive) => !(primitive.kind === 'tool' && pins.isHeld(asking.route.server, primitive.name)) && mayUse(asking, primitive), pins, quotaHeaders, corsHeaders, handles, catalog, streams, log, maxEventBytes: listen.maxAnswerBytes, holdsOwn: holdsOwnOf(config, own, sourcesOf(base.environment, config)) }),
  });
};
