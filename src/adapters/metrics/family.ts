import type { Histogram } from './histogram.ts';

/** One metric, as it is described to whoever reads it. */
export interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** Each has few values: what the configuration names, or one of a list. A caller, a key and what a caller makes up are never among them (clients.md §3c). */
  readonly labels: readonly string[];
  readonly help: string;
  /** All values of the one label, where they are few: each stands at nought from the start, so that its first increase is one. */
  readonly values?: readonly string[];
}

/** One value of a metric. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number | Histogram;
}
