import type { AlarmName } from '../../model/alarm.ts';
import type { Expiring } from '../../model/expiring.ts';
import type { SinkState } from '../../model/sink-state.ts';
import type { Sample } from './family.ts';
import type { LookedName } from './list.ts';

/** What is read at each scrape. */
export interface Gauges {
  /** Of the gateway and of Node.js. */
  readonly versions: { readonly version: string; readonly node: string };
  readonly openStreams: () => number;
  readonly heldTools: () => number;
  /** Whether each server could be reached. */
  readonly upstreams: () => ReadonlyMap<string, boolean>;
  readonly auditWriteFailures: () => number;
  readonly auditJournalBytes: () => number;
  /** Receivers of the audit trail. */
  readonly sinks: () => readonly SinkState[];
  readonly openAlarms: () => readonly AlarmName[];
  readonly expiring: () => readonly Expiring[];
  readonly lastReloadSuccessful: () => boolean;
  readonly process: () => { readonly cpuSeconds: number; readonly residentBytes: number; readonly startedAtSeconds: number };
  readonly nowMs: () => number;
}

const one = (value: number | boolean, labels: Sample['labels'] = {}): readonly Sample[] => [{ labels, value: Number(value) }];

const perSink = (sinks: readonly SinkState[], of: (state: SinkState) => number | boolean): readonly Sample[] => sinks.flatMap((state) => one(of(state), { sink: state.sink }));

const counted = (names: readonly string[]): readonly Sample[] => [...new Set(names)].flatMap((alarm) => one(names.filter((name) => name === alarm).length, { alarm }));

/** Clients are not named: they would make as many series as there are (clients.md §3c). */
const soonest = (all: readonly Expiring[], nowMs: number): readonly Sample[] => {
  const found = new Map<string, { readonly labels: Sample['labels']; readonly value: number }>();
  for (const { kind, name, expiresAtMs } of all) {
    const label = kind === 'client' ? '' : name;
    const [id, value] = [`${kind} ${label}`, Math.round((expiresAtMs - nowMs) / 1000)];
    if (value < (found.get(id)?.value ?? Number.POSITIVE_INFINITY)) found.set(id, { labels: { kind, name: label }, value });
  }
  return [...found.values()];
};

const SAMPLES: Readonly<Record<LookedName, (gauges: Gauges) => readonly Sample[]>> = {
  sallyport_build_info: ({ versions }) => one(1, { ...versions }),
  sallyport_open_streams: ({ openStreams }) => one(openStreams()),
  sallyport_held_tools: ({ heldTools }) => one(heldTools()),
  sallyport_upstream_up: ({ upstreams }) => [...upstreams()].flatMap(([server, isUp]) => one(isUp, { server })),
  sallyport_audit_write_failures_total: ({ auditWriteFailures }) => one(auditWriteFailures()),
  sallyport_audit_journal_bytes: ({ auditJournalBytes }) => one(auditJournalBytes()),
  sallyport_audit_sink_lag_records: ({ sinks }) => perSink(sinks(), ({ lag }) => lag),
  sallyport_audit_sink_stalled: ({ sinks }) => perSink(sinks(), ({ stalled }) => stalled),
  sallyport_audit_sink_failures_total: ({ sinks }) => perSink(sinks(), ({ failures }) => failures),
  sallyport_alarms_open: ({ openAlarms }) => counted(openAlarms()),
  sallyport_certificate_expiry_seconds: ({ expiring, nowMs }) => soonest(expiring(), nowMs()),
  sallyport_config_last_reload_successful: ({ lastReloadSuccessful }) => one(lastReloadSuccessful()),
  process_cpu_seconds_total: (gauges) => one(gauges.process().cpuSeconds),
  process_resident_memory_bytes: (gauges) => one(gauges.process().residentBytes),
  process_start_time_seconds: (gauges) => one(gauges.process().startedAtSeconds),
};

const isLookedName = (name: string): name is LookedName => Object.hasOwn(SAMPLES, name);

/** What a metric says now; undefined for one that is not looked at. */
export const lookedSamples = (name: string, gauges: Gauges): readonly Sample[] | undefined => (isLookedName(name) ? SAMPLES[name](gauges) : undefined);
