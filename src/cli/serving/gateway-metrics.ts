import { readFileSync } from 'node:fs';
import { buildMetrics, type Metrics, type MetricsNeeds } from '../../adapters/metrics/metrics.ts';
import type { System } from '../../compose.ts';
import type { Base } from '../../planes/base.ts';
import type { AlarmName } from '../../model/alarm.ts';

/** Enough alarms to see that something is badly wrong. */
const MOST_ALARMS = 1_000;

const MICROSECONDS = 1_000_000;

/** Of the package. */
export const version = (): string => String(JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')).version);

const processFacts = (startedAtSeconds: number): ReturnType<MetricsNeeds['process']> => {
  const { user, system } = process.cpuUsage();
  return { cpuSeconds: (user + system) / MICROSECONDS, residentBytes: process.memoryUsage.rss(), startedAtSeconds };
};

/** The parts of a gateway that its metrics look at; they are there by the time of the first scrape. */
export interface MetricsSources extends Pick<MetricsNeeds, 'sinks' | 'expiring' | 'auditWriteFailures' | 'auditJournalBytes' | 'lastReloadSuccessful'> {
  readonly base: () => Base;
  readonly system: () => System;
}

/** The metrics of a gateway process. @param nowMs the wall clock */
export const buildGatewayMetrics = ({ base, system, ...sources }: MetricsSources, nowMs: () => number): Metrics => {
  const startedAtSeconds = nowMs() / 1000;
  return buildMetrics({
    ...sources,
    nowMs,
    versions: { version: version(), node: process.versions.node },
    isKnownTool: (server, tool) => base().catalog.annotationOf(server, tool) !== undefined,
    openStreams: () => base().streams.size,
    heldTools: () => base().pins.held,
    upstreams: () => new Map([...system().upstreams.byName].map(([server, upstream]) => [server, upstream.health().kind === 'ready'])),
    openAlarms: (): readonly AlarmName[] => base().store.alarms.page({ state: 'open', limit: MOST_ALARMS }).map(({ name }) => name),
    process: () => processFacts(startedAtSeconds),
  });
};
