import { rmSync } from 'node:fs';
import { buildLog } from '../../adapters/world/log.ts';
import { DenialList } from '../../adapters/store/denial-list.ts';
import { UseCounter } from '../../adapters/store/use-counter.ts';
import { buildGuardedNetwork } from '../../adapters/network/guarded-network.ts';
import { realClock, realWorld } from '../../adapters/world/world.ts';
import type { Metrics } from '../../adapters/metrics/metrics.ts';
import type { Telemetry } from '../../adapters/telemetry/telemetry.ts';
import { buildSqliteStore } from '../../adapters/store/sqlite/sqlite-store.ts';
import { buildPolicyHistory } from '../../adapters/store/sqlite/policy-history.ts';
import { ChainPatrol } from '../../adapters/audit-sinks/chain/patrol.ts';
import { Handovers } from '../../adapters/audit-sinks/handover/handovers.ts';
import { Retention } from '../../adapters/audit-sinks/retention.ts';
import { buildSqliteTrail } from '../../adapters/audit-sinks/sqlite-trail.ts';
import { compose, type System } from '../../compose.ts';
import { buildBase, type Base } from '../../planes/base.ts';
import { sinkSettings } from '../../config/audit/sink-settings.ts';
import type { Config } from '../../config/schema.ts';
import { sourcesOf } from '../../config/secret-ref.ts';
import type { ReadCertificates } from './read-certificates.ts';
import type { PolicyHistory } from '../../model/past-policy.ts';
import type { SinkState } from '../../model/sink-state.ts';
import type { AuditEvent } from '../../model/audit-event.ts';
import { CONFIGURED_KEY_ID, type ConfiguredKey } from '../../model/api-key.ts';
import type { World } from '../../ports/world.ts';
import { readTrail } from '../read-trail.ts';
import { journalIn, lockHome, openHome, runtimeFileIn, type Home } from '../home.ts';
import { wantsColour, type Terminal } from '../terminal.ts';
import { channelsOf } from '../alarms/channels.ts';
import { alarmFacts } from './upkeep/alarm-facts.ts';
import { AlarmDesk } from './upkeep/alarm-desk.ts';
import { announce } from './announce.ts';
import { EndingUpkeep } from './upkeep/ending-upkeep.ts';
import { buildGatewayMetrics } from './gateway-metrics.ts';
import { beginForgetting } from './upkeep/forget-old.ts';
import { Listeners, requireSameSockets } from './listeners.ts';
import { QuotaUpkeep } from './upkeep/quota-upkeep.ts';
import { beginSweeping } from './upkeep/sweep-dead.ts';
import { noMetrics, serveMetrics } from './serve-metrics.ts';
import { tuneEngine } from './tune-engine.ts';
import { buildGatewayTelemetry, tracingOf } from './gateway-telemetry.ts';

/** What a start is made of. */
export interface StartInput {
  readonly directory: string;
  readonly config: Config;
  readonly configured: readonly ConfiguredKey[];
  /** Certificates and keys of the listeners, and what is known of revoked ones. */
  readonly certificates: ReadCertificates;
  readonly terminal: Terminal;
  /** Told of every closed record, for the live stream. */
  readonly onEvent: (event: AuditEvent) => void;
}

/** How long in-flight calls may still take after SIGTERM (F09). */
const GRACE_MS = 30_000;
/** How often it is looked whether a provider is to be asked about somebody. */
const RECHECK_MS = 60_000;

const buildWorld = ({ terminal, config }: StartInput): World => {
  const pretty = wantsColour(terminal.stderr, terminal.env);
  const log = buildLog({ level: config.log.level, pretty, write: (line) => void terminal.stderr.write(line) });
  return realWorld(log, buildGuardedNetwork(config.fetch, { clock: realClock }));
};

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** A gateway that runs in this process: opened once, reloaded any number of times, closed once. */
export class GatewayProcess {
  readonly home: Home;
  readonly base: Base;
  readonly #unlock: () => void;
  readonly #stops: (() => void)[] = [];
  readonly #quotas: QuotaUpkeep;
  readonly #metrics: Metrics;
  readonly #telemetry: Telemetry;
  readonly #uses: UseCounter;
  readonly #denials: DenialList;
  readonly #alarms: AlarmDesk;
  #system: System;
  #closing = false;
  #reloaded = true;
  #configured: readonly ConfiguredKey[];
  readonly #listeners = new Listeners();
  readonly #endings: EndingUpkeep;
  readonly #handovers: Handovers;
  readonly #policies: PolicyHistory;
  #metricsServer = noMetrics;

  private constructor(home: Home, unlock: () => void, made: { readonly base: Base; readonly metrics: Metrics; readonly telemetry: Telemetry; readonly denials: DenialList; readonly uses: UseCounter; readonly alarms: AlarmDesk; readonly configured: readonly ConfiguredKey[]; readonly system: System }) {
    this.home = home;
    this.#unlock = unlock;
    this.base = made.base;
    [this.#metrics, this.#telemetry] = [made.metrics, made.telemetry];
    this.#uses = made.uses;
    this.#denials = made.denials;
    this.#alarms = made.alarms;
    this.#quotas = new QuotaUpkeep(made.base, home.database);
    this.#endings = new EndingUpkeep(made.base);
    this.#policies = buildPolicyHistory(home.database);
    this.#handovers = new Handovers({ database: home.database, world: made.base.world, onBlock: (why) => this.base.sinkGate.set(why) });
    [this.#system, this.#configured] = [made.system, made.configured];
  }

  /**
   * Opens state and socket. The socket is bound before anything is asked of the upstreams, so a port in use is said at once.
   * @throws CliError, ConfigError, or the socket's error
   */
  static async start(input: StartInput): Promise<GatewayProcess> {
    tuneEngine();
    const home = openHome(input.directory);
    const unlock = lockHome(input.directory);
    const world = buildWorld(input);
    const sink = buildSqliteTrail({ database: home.database, directory: journalIn(home.directory), signer: home.signer, ...world });
    const metrics = buildGatewayMetrics({ base: () => base, system: () => process.#system, sinks: () => process.sinks, expiring: () => process.#endings.certificates, auditWriteFailures: () => sink.failedWrites, auditJournalBytes: () => sink.waitingBytes, lastReloadSuccessful: () => process.#reloaded }, () => world.clock.nowMs());
    const observe = (event: AuditEvent): void => {
      metrics.observe(event);
      telemetry.observe(event);
      uses.observe(event);
      alarms.observe(event);
      input.onEvent(event);
    };
    const telemetry = buildGatewayTelemetry(input, { world, metrics, catalog: () => base.catalog });
    const store = buildSqliteStore(home.database, world.clock);
    const denials = new DenialList(store.denials, world.clock);
    const uses = new UseCounter(store.keyUse, world);
    const alarms = new AlarmDesk({
      store, world, config: () => process.#system.config, patrol: new ChainPatrol(home.database, home.signer.publicKey.pem), onAlarm: ({ name }) => metrics.count('sallyport_alarms_raised_total', name),
      facts: alarmFacts({ base: () => base, sinks: () => process.sinks, certificates: () => process.#endings.certificates, ownTokens: () => process.#endings.ownTokens }),
    });
    const base: Base = buildBase(
      { world, store, denials, sink, trail: readTrail(home), hasher: home.hasher, observe, onTokens: (grant) => metrics.count('sallyport_tokens_issued_total', grant), channels: alarms.tellers, throttle: alarms.throttle, environment: input.terminal.env, ...tracingOf(input.config) },
      input.config.limits.streamsPerKey,
    );
    const process = new GatewayProcess(home, unlock, { base, metrics, telemetry, denials, uses, alarms, configured: input.configured, system: compose(input.config, base, input.configured) });
    try {
      await process.#open(input);
      return process;
    } catch (error) {
      await process.close();
      throw error;
    }
  }

  /** Whether it takes no more traffic, nor another configuration. */
  get isClosing(): boolean {
    return this.#closing;
  }

  /** How it goes with the receivers of the trail; `stalled` is what the notice `sink.stalled` is about. */
  get sinks(): readonly SinkState[] {
    return this.#handovers.states;
  }

  get system(): System {
    return this.#system;
  }

  get port(): number {
    return this.ports[0] ?? 0;
  }

  /** The ports of all listeners, in the order of the configuration. */
  get ports(): readonly number[] {
    return this.#listeners.ports;
  }

  get metricsPort(): number {
    return this.#metricsServer.port;
  }

  /** Notes whether a configuration that was read again is in force. */
  noteReload(isInForce: boolean): void {
    this.#reloaded = isInForce;
    this.#metrics.count('sallyport_config_reloads_total', isInForce ? 'ok' : 'failed');
  }

  /** Swaps in a new configuration for the next request on; throws and changes nothing when it is bad. */
  reload({ config, configured, certificates }: Pick<StartInput, 'config' | 'configured' | 'certificates'>): void {
    const old = this.#system;
    requireSameSockets(old.config, config);
    const sinks = sinkSettings(config, sourcesOf(this.base.environment, config));
    const channels = channelsOf(config, this.base.environment, this.base.world);
    this.#system = compose(config, this.base, configured, old);
    this.#listeners.renew(certificates.listeners);
    this.#endings.follow(certificates, config);
    void this.#handovers.follow(sinks);
    this.#keepPolicy();
    this.#alarms.tellers.follow(channels);
    this.#endDecided(old.config, configured);
    const kept = new Set(this.#system.upstreams.byName.values());
    const dropped = [...old.upstreams.byName.values()].filter((upstream) => !kept.has(upstream));
    this.base.world.clock.after(GRACE_MS, () => void Promise.allSettled(dropped.map((upstream) => upstream.close())));
  }

  /** What was decided by what has changed ends now; clients open their streams anew (M06). Nothing else does: a rotated secret cuts nobody off. */
  #endDecided(before: Config, configured: readonly ConfiguredKey[]): void {
    const [sameConfig, sameKeys] = [isSame(before, this.#system.config), isSame(this.#configured, configured)];
    this.#configured = configured;
    if (sameConfig && sameKeys) return;
    this.base.streams.endDead(({ credentialId }) => sameConfig && !credentialId.startsWith(CONFIGURED_KEY_ID), 'reconfigured');
  }

  /** Leaves word of itself for `sallyport status`. */
  announce(url: string, file?: string): void {
    announce(this.home.directory, { config: this.#system.config, url, port: this.port, metricsPort: this.metricsPort, file, nowMs: this.base.world.clock.nowMs() });
  }

  /** Drains: no new exchanges, streams end, running calls finish, the trail is written, children are gone. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#system.blockers.add('the gateway is stopping');
    for (const stop of this.#stops) stop();
    this.base.streams.endIdle('stopping');
    await this.#listeners.close(GRACE_MS);
    await Promise.allSettled([...this.#system.upstreams.byName.values()].map((upstream) => upstream.close()));
    await this.#metricsServer.close();
    await this.#telemetry.close();
    this.#quotas.close();
    this.#uses.close();
    this.#alarms.close();
    this.base.issuers.close();
    await this.base.sink.close();
    await this.#handovers.close();
    this.base.store.close();
    rmSync(runtimeFileIn(this.home.directory), { force: true });
    this.home.database.close();
    this.#unlock();
  }

  /** For reports of what somebody could do at a time that is past by then. */
  #keepPolicy(): void {
    this.#policies.keep(this.#system.config, this.base.world.clock.nowMs());
  }

  /** The limit is that of the configuration in force; whom it closes out is counted and not recorded, because nobody has asked for anything. */
  #mayShake(address: string): boolean {
    const may = this.#system.mayShake(address);
    if (!may) {
      this.#metrics.count('sallyport_handshakes_refused_total');
      this.#alarms.refusedHandshake(address);
    }
    return may;
  }

  async #open({ config, certificates }: StartInput): Promise<void> {
    const { world } = this.base;
    this.#endings.follow(certificates, config);
    this.#alarms.tellers.follow(channelsOf(config, this.base.environment, world));
    this.#keepPolicy();
    await this.#handovers.follow(sinkSettings(config, sourcesOf(this.base.environment, config)));
    await this.#listeners.open({ config, certificates: certificates.listeners, planes: () => this.#system.planes, stapled: this.base.staples.answerFor, mayShake: (address) => this.#mayShake(address), world });
    this.#metricsServer = await serveMetrics(this.#metrics, config);
    this.#stops.push(
      ...beginSweeping(this.base, this.#denials),
      this.#quotas.begin(),
      beginForgetting(new Retention({ ...this.home }), () => this.#system.config, world),
      world.clock.every(RECHECK_MS, () => void this.#system.recheck().catch((error: unknown) => world.log.error('nobody could ask whether people are still at their providers', { error }))),
      ...this.#endings.begin(),
      ...this.#alarms.begin(),
    );
  }
}
