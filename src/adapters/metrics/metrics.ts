import type { AuditEvent } from '../../model/audit-event.ts';
import { callSamples } from './call-samples.ts';
import { CallTally, type CallCount } from './call-tally.ts';
import { exposition } from './exposition.ts';
import type { Sample } from './family.ts';
import { families, type CountedName } from './list.ts';
import { lookedSamples, type Gauges } from './looked-samples.ts';
import { serveScrapes, type ScrapeServer } from './scrape-server.ts';

/** What a gateway counts of itself. */
export interface Metrics {
  /** Counts a closed record. */
  observe(event: AuditEvent): void;
  /** Counts something else that happened. @param labels in the order of the metric's description */
  count(name: CountedName, ...labels: readonly string[]): void;
  /** Calls by their kind, for whoever tells of them in other words. */
  readonly calls: Iterable<CallCount>;
  /** All metrics as Prometheus reads them. */
  scrape(): string;
  serve(port: number): Promise<ScrapeServer>;
}

export interface MetricsNeeds extends Gauges {
  /** Whether the server lists a tool of that name; all others are one to a metric. */
  readonly isKnownTool: (server: string, tool: string) => boolean;
}

/** Things that happen now and then. */
class Happenings {
  readonly #counts = new Map<string, Map<string, { readonly labels: Sample['labels']; value: number }>>();

  constructor() {
    for (const { name, labels: [label], values } of families) {
      if (label !== undefined && values !== undefined) this.#counts.set(name, new Map(values.map((value) => [value, { labels: { [label]: value }, value: 0 }])));
    }
  }

  count(name: CountedName, values: readonly string[]): void {
    const series = this.#counts.get(name) ?? new Map<string, { readonly labels: Sample['labels']; value: number }>();
    const id = values.join('\n');
    const names = families.find((family) => family.name === name)?.labels ?? [];
    const happened = series.get(id) ?? { labels: Object.fromEntries(names.map((label, at) => [label, values[at] ?? ''])), value: 0 };
    happened.value += 1;
    this.#counts.set(name, series.set(id, happened));
  }

  samples(name: string): readonly Sample[] {
    return [...(this.#counts.get(name)?.values() ?? [])];
  }
}

/** The metrics of a gateway: counted in memory, put into words when somebody asks. */
export const buildMetrics = ({ isKnownTool, ...gauges }: MetricsNeeds): Metrics => {
  const tally = new CallTally(isKnownTool);
  const happenings = new Happenings();
  const samplesOf = (name: string): readonly Sample[] => callSamples(name, tally.counts) ?? lookedSamples(name, gauges) ?? happenings.samples(name);
  const scrape = (): string => exposition(families, samplesOf);
  return {
    observe(event) {
      tally.observe(event);
      if (event.shadow !== undefined) happenings.count('sallyport_shadow_differences_total', [event.server ?? 'none', event.shadow.decision]);
    },
    count: (name, ...labels) => happenings.count(name, labels),
    calls: { [Symbol.iterator]: () => tally.counts[Symbol.iterator]() },
    scrape,
    serve: (port) => serveScrapes(port, scrape),
  };
};
