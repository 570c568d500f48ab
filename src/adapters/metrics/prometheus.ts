import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Counter, Gauge, Histogram, Registry } from '@prometheus-io/client';
import type { Expiring } from '../../model/expiring.ts';
import type { SinkState } from '../../model/sink-state.ts';
import type { AuditEvent } from '../../model/audit-event.ts';

export interface Metrics {
  /** Counts a closed record. Labels are bounded: server, decision, method and code, never a caller (clients.md §3c). */
  observe(event: AuditEvent): void;
  /** Counts a TLS handshake that was closed because its address begins too many. */
  refusedHandshake(): void;
  /** Serves /metrics on a loopback port of its own. @returns the port and how to stop */
  serve(port: number): Promise<{ readonly port: number; close(): Promise<void> }>;
}

/** Methods a caller makes up must not make new time series. */
const KNOWN_METHOD = /^(?:http\/[a-z]+|initialize|ping|(?:tools|prompts|resources|tasks|server|completion|logging|subscriptions|notifications|admin)\/[a-zA-Z_/-]{1,40})$/;

const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60];

const MAX_KNOWN = 1_000;

/** The two time series an event counts in. */
interface Series {
  readonly calls: { inc(): void };
  readonly durations: { observe(seconds: number): void };
}

const isSameKind = (one: AuditEvent, other: AuditEvent): boolean => one.server === other.server && one.call === other.call && one.decision === other.decision && one.code === other.code;

/** What is read at each scrape. */
export interface Gauges {
  readonly openStreams: () => number;
  readonly heldTools: () => number;
  /** Receivers of the audit trail. */
  readonly sinks: () => readonly SinkState[];
  readonly expiring: () => readonly Expiring[];
  readonly nowMs: () => number;
}

/** Prometheus metrics of the gateway plane. */
export const buildMetrics = ({ openStreams, heldTools, sinks, expiring, nowMs }: Gauges): Metrics => {
  const registry = new Registry();
  const registers = [registry];
  const calls = new Counter({ name: 'sallyport_requests_total', help: 'Requests by server, method, decision and error code.', labelNames: ['server', 'method', 'decision', 'code'] as const, registers });
  const durations = new Histogram({ name: 'sallyport_request_duration_seconds', help: 'Time from the request to the end of its reply.', labelNames: ['server', 'decision'] as const, buckets: BUCKETS, registers });
  const differences = new Counter({ name: 'sallyport_shadow_differences_total', help: 'Calls that the policy under shadow would have decided otherwise, by server and by what it would have decided.', labelNames: ['server', 'would'] as const, registers });
  const streams = new Gauge({ name: 'sallyport_open_streams', help: 'Event streams open now.', registers });
  const held = new Gauge({ name: 'sallyport_held_tools', help: 'Tools that are new or have changed and wait to be accepted.', registers });
  const lag = new Gauge({ name: 'sallyport_audit_sink_lag_records', help: 'Audit records that a receiver of audit.sinks has not taken yet.', labelNames: ['sink'] as const, registers });
  const expiry = new Gauge({ name: 'sallyport_certificate_expiry_seconds', help: 'Time until certificates and lists of revoked ones end, by kind and by where they stand; of all that clients have shown, the one that ends first.', labelNames: ['kind', 'name'] as const, registers });
  const seriesOf = (event: AuditEvent): Series => {
    const server = event.server ?? 'none';
    const method = KNOWN_METHOD.test(event.call) ? event.call : 'other';
    return {
      calls: calls.labels({ server, method, decision: event.decision, code: event.code ?? 'none' }),
      durations: durations.labels({ server, decision: event.decision }),
    };
  };
  // Finding a series by its labels costs more than counting: each kind of event finds its own once.
  const known = new Map<string, Series>();
  const find = (event: AuditEvent): Series => {
    const kind = `${event.server ?? ''}\n${event.decision}\n${event.code ?? ''}\n${event.call}`;
    const series = known.get(kind) ?? seriesOf(event);
    // Callers make up methods and paths: what is remembered is bounded.
    if (known.size < MAX_KNOWN) known.set(kind, series);
    return series;
  };
  // Most events are of the kind of the one before.
  let last: { readonly event: AuditEvent; readonly series: Series } | undefined;
  const handshakes = new Counter({ name: 'sallyport_handshakes_refused_total', help: 'TLS handshakes that were closed because their address began too many.', registers });
  return {
    refusedHandshake: () => handshakes.inc(),
    observe(event) {
      if (event.shadow !== undefined) differences.labels({ server: event.server ?? 'none', would: event.shadow.decision }).inc();
      if (last === undefined || !isSameKind(last.event, event)) last = { event, series: find(event) };
      const { series } = last;
      series.calls.inc();
      series.durations.observe((event.durationMs ?? 0) / 1000);
    },
    serve: (port) =>
      serveRegistry(port, () => {
        streams.set(openStreams());
        held.set(heldTools());
        lag.reset();
        for (const { sink, lag: records } of sinks()) lag.labels({ sink }).set(records);
        expiry.reset();
        for (const [name, kind, seconds] of soonest(expiring(), nowMs())) expiry.labels({ kind, name }).set(seconds);
        return registry.metrics().then((text) => ({ text, type: registry.contentType }));
      }),
  };
};

/** Clients are not named: they would make as many series as there are (clients.md §3c). */
const soonest = (all: readonly Expiring[], nowMs: number): readonly (readonly [name: string, kind: string, seconds: number])[] => {
  const found = new Map<string, readonly [string, string, number]>();
  for (const { kind, name, expiresAtMs } of all) {
    const label = kind === 'client' ? '' : name;
    const [id, seconds] = [`${kind} ${label}`, Math.round((expiresAtMs - nowMs) / 1000)];
    if (seconds < (found.get(id)?.[2] ?? Number.POSITIVE_INFINITY)) found.set(id, [label, kind, seconds]);
  }
  return [...found.values()];
};

const serveRegistry = (port: number, scrape: () => Promise<{ readonly text: string; readonly type: string }>): Promise<{ port: number; close(): Promise<void> }> => {
  const server = createServer({ headersTimeout: 5_000, requestTimeout: 5_000 }, (request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    scrape().then(
      ({ text, type }) => response.writeHead(200, { 'Content-Type': type }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.unref();
      const close = (): Promise<void> => new Promise((done) => void server.close(() => done()).closeAllConnections());
      resolve({ port: (server.address() as AddressInfo).port, close });
    });
  });
};
