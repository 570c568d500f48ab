import { createKey } from '../../admin/operations/create-key.ts';
import { runRecorded } from '../../admin/terminal-record.ts';
import { adminNeeds } from '../../planes/admin-needs.ts';
import { buildRequestId } from '../../stages/listen/request-id.ts';
import { terminalOperator } from '../terminal-operator.ts';
import { resolve } from 'node:path';
import { originsOf, publicOriginOf } from '../../config/origins.ts';
import type { Config } from '../../config/schema.ts';
import { tlsPaths } from '../../config/tls/read-tls.ts';
import type { ReadCertificates } from './read-certificates.ts';
import { DAY_MS } from '../../model/duration.ts';
import type { AuditEvent } from '../../model/audit-event.ts';
import type { ConfiguredKey, StoredKey } from '../../model/api-key.ts';
import { stateOf } from '../../model/key-state.ts';
import { parsePermission } from '../../model/permission/permission.ts';
import type { Upstream, UpstreamFacts } from '../../ports/upstream.ts';
import { asCliError, EXIT, type ExitCode } from '../exit.ts';
import { banner, type BannerInput, type BannerKey } from './banner.ts';
import { GatewayProcess } from './gateway-process.ts';
import { liveLine } from '../live-line.ts';
import { checkExposure, configWarnings, isLoopback } from '../read-config.ts';
import { painter, wantsColour, writeJson, type CommonOptions, type Terminal } from '../terminal.ts';
import { untilSignal } from './until-signal.ts';

export interface ServeInput {
  readonly config: Config;
  readonly configured: readonly ConfiguredKey[];
  readonly certificates: ReadCertificates;
  readonly directory: string;
  readonly options: CommonOptions;
  /** Makes a first key when there is none at all: for a person who has just typed `run`. */
  readonly firstKeyFor?: string;
  /** A server that cannot be reached at start ends a `run`; `serve` goes on without it. */
  readonly strict: boolean;
  /** Reads the configuration again, for SIGHUP and file changes. */
  readonly reread?: () => Promise<{ readonly config: Config; readonly configured: readonly ConfiguredKey[]; readonly certificates: ReadCertificates }>;
  /** The file whose changes are followed. */
  readonly watch?: string;
}

const PROBE_MS = 60_000;
const REPROBE_MS = 10_000;

interface Probed {
  readonly name: string;
  readonly facts: UpstreamFacts | undefined;
  readonly reason?: string;
}

interface ProbeOptions {
  /** Throw for the first that cannot be reached. */
  readonly strict: boolean;
  readonly only?: (upstream: Upstream) => boolean;
}

/** Asks each server what it is. @throws GatewayError `upstream.*` when `strict` */
const probeAll = (gateway: GatewayProcess, { strict, only = () => true }: ProbeOptions): Promise<readonly Probed[]> =>
  Promise.all(
    [...gateway.system.upstreams.byName].filter(([, upstream]) => only(upstream)).map(async ([name, upstream]): Promise<Probed> => {
      try {
        const facts = await upstream.probe(AbortSignal.timeout(PROBE_MS));
        gateway.base.catalog.learn(name, facts.tools);
        gateway.base.store.keyUse.learnTools(name, facts.tools.map((tool) => tool.name));
        return { name, facts };
      } catch (error) {
        if (strict) throw error;
        const reason = asCliError(error).message;
        gateway.base.world.log.warn('a server cannot be reached; the others are served, and it is when it comes back', { server: name, reason });
        return { name, facts: undefined, reason };
      }
    }),
  );

const originOf = (config: Config, port: number): string => {
  const [first] = originsOf(config);
  return first === undefined ? '' : publicOriginOf({ ...first, port });
};

const TAKEN = { 'api-key': 'keys', oauth: 'tokens', mtls: 'certificates' } as const;

/** The endpoints of every listener, with what each asks for. */
const urlsOf = (config: Config, ports: readonly number[]): BannerInput['urls'] => {
  const names = Object.keys(config.servers);
  return originsOf(config).flatMap((origin, at) => {
    const url = publicOriginOf({ ...origin, port: ports[at] ?? origin.port });
    const takes = [...origin.accept].map((method) => TAKEN[method]).join(' or ');
    const reach = isLoopback(origin.host) ? ('this machine only' as const) : ('other machines too' as const);
    return names.map((name) => ({ name, url: names.length === 1 ? `${url}/mcp` : `${url}/${name}/mcp`, takes, reach }));
  });
};

const DAYS = 90;

/** How many keys are looked at for one that a newcomer could use: a start must not depend on how many there are. */
const LOOKED_AT = 1_000;

/** A stored key that opens the server now. */
const usableKey = (gateway: GatewayProcess, server: string): BannerKey | undefined => {
  const now = gateway.base.world.clock.nowMs();
  const expiry = (key: StoredKey): number => key.expiresAtMs ?? Number.POSITIVE_INFINITY;
  const opens = (key: StoredKey): boolean => stateOf(key, now) === 'active' && key.permissions.some((text) => parsePermission(text).touches(server));
  const key = gateway.base.store.apiKeys.page({ limit: LOOKED_AT }).find(opens);
  return key === undefined ? undefined : { owner: key.owner, permissions: key.permissions, days: Math.ceil((expiry(key) - now) / DAY_MS) };
};

/** The key a newcomer is given, or the word that one was given before. */
const firstKey = async (gateway: GatewayProcess, server: string): Promise<BannerKey> => {
  const permissions = [`${server}:*`];
  const known = usableKey(gateway, server);
  if (known !== undefined) return known;
  const { store, world, sink, trail } = gateway.base;
  const desk = { needs: adminNeeds({ store, hasher: gateway.home.hasher, trail, world }), by: terminalOperator(), trail: sink, world, nextId: buildRequestId(world) };
  const made = await runRecorded(createKey, { name: 'first key', owner: 'you', permissions, days: DAYS }, desk);
  return { owner: 'you', permissions, days: DAYS, secret: made.secret };
};

const printEvents = (input: ServeInput, terminal: Terminal): ((event: AuditEvent) => void) => {
  if (input.options.quiet === true) return () => undefined;
  if (input.options.json === true) return (event) => writeJson(terminal, { event: 'audit', ...event });
  const paint = painter(wantsColour(terminal.stdout, terminal.env));
  return (event) => void terminal.stdout.write(`${liveLine(event, paint)}\n`);
};

const printStart = (input: ServeInput, terminal: Terminal, start: { readonly gateway: GatewayProcess; readonly upstreams: readonly Probed[]; readonly key: BannerKey | undefined }): void => {
  const { config, options } = input;
  const urls = urlsOf(config, start.gateway.ports);
  if (options.json === true) {
    const key = start.key === undefined ? undefined : { ...start.key, secret: start.key.secret?.reveal() };
    writeJson(terminal, { event: 'listening', urls, ports: start.gateway.ports, metricsPort: start.gateway.metricsPort, upstreams: start.upstreams, key });
    return;
  }
  if (options.quiet === true) return;
  terminal.stdout.write(banner({ upstreams: start.upstreams, urls, key: start.key, header: config.apiKeys.header }, painter(wantsColour(terminal.stdout, terminal.env))));
};

/** Settings that are read once, when the gateway starts. */
const START_ONLY: Readonly<Record<string, (config: Config) => unknown>> = {
  'listen.host': (config) => config.listen.host,
  'listen.port': (config) => config.listen.port,
  'listen.maxBodyBytes': (config) => config.listen.maxBodyBytes,
  'listen.trustedProxies': (config) => config.listen.trustedProxies,
  'limits.streamsPerKey': (config) => config.limits.streamsPerKey,
  'fetch.allow': (config) => config.fetch.allow,
  metrics: (config) => config.metrics,
  telemetry: (config) => config.telemetry,
  log: (config) => config.log,
  dataDir: (config) => config.dataDir,
};

const changedAtStartOnly = (before: Config, after: Config): readonly string[] =>
  Object.entries(START_ONLY).flatMap(([setting, read]) => (JSON.stringify(read(before)) === JSON.stringify(read(after)) ? [] : [setting]));

/** Reads the configuration again and swaps it in; a bad one is said and changes nothing. */
const reload = async (reread: NonNullable<ServeInput['reread']>, gateway: GatewayProcess): Promise<void> => {
  const { log } = gateway.base.world;
  try {
    const { config, configured, certificates } = await reread();
    if (gateway.isClosing) return;
    checkExposure(config);
    const waiting = changedAtStartOnly(gateway.system.config, config);
    if (waiting.length > 0) log.warn('some changes take effect at the next start only', { settings: waiting });
    gateway.reload({ config, configured, certificates });
    for (const warning of certificates.warnings) log.warn(warning);
    gateway.noteReload(true);
    log.info('configuration reloaded', { servers: Object.keys(config.servers) });
    void probeAll(gateway, { strict: false });
  } catch (error) {
    gateway.noteReload(false);
    log.error('the new configuration is not used, the old one goes on', { reason: asCliError(error).message });
  }
};

/** One after the other: a secret manager takes its time, and what was asked for last must be in force last. */
const reloader = ({ reread }: ServeInput, gateway: GatewayProcess): (() => Promise<void>) => {
  let last: Promise<void> = Promise.resolve();
  return () => {
    if (reread !== undefined) last = last.then(() => reload(reread, gateway));
    return last;
  };
};

/** The files whose change is followed: the configuration, the one with the keys (R30), certificates and their keys. */
const watched = ({ watch, reread }: ServeInput, { env }: Terminal, gateway: GatewayProcess) => (): readonly string[] =>
  reread === undefined ? [] : [watch, env['MCP_API_KEYS_FILE'], ...tlsPaths(gateway.system.config)].filter((path) => path !== undefined);

/**
 * Starts a gateway and serves until a signal ends it.
 * @returns the exit code: 0 after SIGTERM, 130 after an interrupt
 */
export const serveUntilStopped = async (input: ServeInput, terminal: Terminal): Promise<ExitCode> => {
  checkExposure(input.config);
  const gateway = await GatewayProcess.start({ ...input, terminal, onEvent: printEvents(input, terminal) });
  const starting = 'the servers are being asked what they are';
  gateway.system.blockers.add(starting);
  let stopProbing: () => void = () => undefined;
  const stopped = untilSignal({ reload: reloader(input, gateway), watch: watched(input, terminal, gateway) });
  try {
    for (const warning of [...configWarnings(input.config, input.configured), ...input.certificates.warnings]) gateway.base.world.log.warn(warning);
    const upstreams = await Promise.race([probeAll(gateway, { strict: input.strict }), stopped]);
    if (typeof upstreams === 'string') return upstreams === 'SIGINT' ? EXIT.interrupted : EXIT.ok;
    const key = input.firstKeyFor === undefined || input.configured.length > 0 ? undefined : await firstKey(gateway, input.firstKeyFor);
    gateway.system.blockers.delete(starting);
    stopProbing = gateway.base.world.clock.every(REPROBE_MS, () => void probeAll(gateway, { strict: false, only: (upstream) => upstream.health().kind === 'down' }));
    gateway.announce(originOf(input.config, gateway.port), input.watch === undefined ? undefined : resolve(input.watch));
    printStart(input, terminal, { gateway, upstreams, key });
    return (await stopped) === 'SIGINT' ? EXIT.interrupted : EXIT.ok;
  } finally {
    stopProbing();
    await gateway.close();
  }
};
