import type { AuditEvent } from '../../model/audit-event.ts';
import type { World } from '../../ports/world.ts';
import { otlpAttributes } from '../audit-sinks/formats/otlp-value.ts';
import type { CallCount } from '../metrics/call-tally.ts';
import { Collector, type CollectorSettings } from './collector.ts';
import { operationDurations } from './operation-durations.ts';
import type { SpanSettings } from './spans.ts';
import { TraceExporter } from './trace-exporter.ts';

/** Who is told of what, with secrets read; an absent part is not told. */
export interface TelemetrySettings {
  readonly traces?: Omit<CollectorSettings, 'signal'> & { readonly withArguments: boolean };
  readonly metrics?: Omit<CollectorSettings, 'signal'> & { readonly everyMs: number };
}

export interface TelemetryNeeds extends Pick<SpanSettings, 'isKnownTool'> {
  readonly world: World;
  readonly version: string;
  /** Calls by their kind, counted since the start. */
  readonly calls: Iterable<CallCount>;
  readonly count: (name: 'sallyport_telemetry_dropped_total' | 'sallyport_telemetry_failures_total', signal: string) => void;
}

/** What a gateway tells collectors of OpenTelemetry. */
export interface Telemetry {
  /** Takes a closed record. */
  observe(event: AuditEvent): void;
  /** Tells what is left, as far as a collector takes it in a moment. */
  close(): Promise<void>;
}

const LOOK_MS = 1_000;
/** How long the end of a gateway waits for collectors. */
const FINISH_MS = 3_000;

/** Nobody is told anything, and nothing is done for it. */
const SILENT: Telemetry = { observe: () => undefined, close: () => Promise.resolve() };

interface Exporter {
  observe?(event: AuditEvent): void;
  finish(): Promise<unknown>;
  end(): void;
  readonly stop: () => void;
}

class Exporters {
  readonly #needs: TelemetryNeeds;
  readonly #resource;
  readonly #scope;
  readonly #startTimeUnixNano: string;

  constructor(needs: TelemetryNeeds) {
    const { world, version } = needs;
    this.#needs = needs;
    this.#startTimeUnixNano = this.#nanos();
    // Two gateways count apart: without an id of each, their sums would be taken for one that jumps (OpenTelemetry, "service.instance.id").
    const instance = Buffer.from(world.random.bytes(16)).toString('hex');
    this.#resource = { attributes: otlpAttributes({ 'service.name': 'sallyport', 'service.version': version, 'service.instance.id': instance }) };
    this.#scope = { name: 'sallyport', version };
  }

  traces({ withArguments, ...where }: NonNullable<TelemetrySettings['traces']>): Exporter {
    const { world, count, isKnownTool } = this.#needs;
    const onDrop = (requests: number): void => {
      for (let at = 0; at < requests; at += 1) count('sallyport_telemetry_dropped_total', 'traces');
    };
    const collector = this.#collector({ ...where, signal: 'traces' });
    const exporter = new TraceExporter({ withArguments, isKnownTool, onDrop, collector, resource: this.#resource, scope: this.#scope });
    return { observe: (event) => exporter.observe(event), end: () => collector.end(), finish: () => exporter.look().then(() => exporter.look()), stop: world.clock.every(LOOK_MS, () => void exporter.look()) };
  }

  metrics({ everyMs, ...where }: NonNullable<TelemetrySettings['metrics']>): Exporter {
    const { world, calls, count } = this.#needs;
    const collector = this.#collector({ ...where, signal: 'metrics' });
    const report = async (): Promise<void> => {
      const metrics = operationDurations(calls, { startTimeUnixNano: this.#startTimeUnixNano, timeUnixNano: this.#nanos() });
      if (metrics.length === 0 || !collector.isReady) return;
      const result = await collector.send({ resourceMetrics: [{ resource: this.#resource, scopeMetrics: [{ scope: this.#scope, metrics }] }] });
      // Counts only grow: the next report says all that this one would have.
      if (result === 'refused') count('sallyport_telemetry_dropped_total', 'metrics');
    };
    return { finish: report, end: () => collector.end(), stop: world.clock.every(everyMs, () => void report()) };
  }

  #collector(settings: CollectorSettings): Collector {
    const { world, count } = this.#needs;
    return new Collector(settings, { ...world, onFailure: () => count('sallyport_telemetry_failures_total', settings.signal) });
  }

  #nanos(): string {
    return String(BigInt(Math.trunc(this.#needs.world.clock.nowMs())) * 1_000_000n);
  }
}

/** Tells collectors of OpenTelemetry by OTLP over HTTP in JSON: of finished requests as traces, and of how long MCP operations take. */
export const buildTelemetry = ({ traces, metrics }: TelemetrySettings, needs: TelemetryNeeds): Telemetry => {
  if (traces === undefined && metrics === undefined) return SILENT;
  const exporters = new Exporters(needs);
  const traced = traces === undefined ? undefined : exporters.traces(traces);
  const all = [traced, metrics === undefined ? undefined : exporters.metrics(metrics)].filter((one) => one !== undefined);
  return {
    observe: traced?.observe ?? SILENT.observe,
    async close() {
      for (const { stop } of all) stop();
      const { promise, resolve } = Promise.withResolvers<void>();
      const cancel = needs.world.clock.after(FINISH_MS, resolve);
      await Promise.race([promise, Promise.allSettled(all.map((one) => one.finish()))]);
      cancel();
      for (const { end } of all) end();
    },
  };
};
