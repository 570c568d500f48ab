import type { CallCount } from './call-tally.ts';
import type { Sample } from './family.ts';
import { Histogram } from './histogram.ts';
import type { CallName } from './list.ts';

type Labels = Sample['labels'];

/** Counts added up by the labels that a metric has; what it is not about has none. */
const grouped = <Sum>(counts: Iterable<CallCount>, labelsOf: (count: CallCount) => Labels | undefined, { begin, add }: { readonly begin: () => Sum; readonly add: (sum: Sum, count: CallCount) => Sum }): readonly { readonly labels: Labels; readonly value: Sum }[] => {
  const sums = new Map<string, { readonly labels: Labels; value: Sum }>();
  for (const count of counts) {
    const labels = labelsOf(count);
    if (labels === undefined) continue;
    const id = Object.values(labels).join('\n');
    const known = sums.get(id) ?? { labels, value: begin() };
    known.value = add(known.value, count);
    sums.set(id, known);
  }
  return [...sums.values()];
};

const numbers = (counts: Iterable<CallCount>, labelsOf: (count: CallCount) => Labels | undefined): readonly Sample[] =>
  grouped(counts, labelsOf, { begin: () => 0, add: (sum, { calls }) => sum + calls });

/** Durations of calls, added up by labels. */
export const durationsBy = (counts: Iterable<CallCount>, labelsOf: (count: CallCount) => Labels | undefined, of: (count: CallCount) => Histogram): readonly { readonly labels: Labels; readonly value: Histogram }[] =>
  grouped(counts, (count) => (of(count).count === 0 ? undefined : labelsOf(count)), {
    begin: () => new Histogram(),
    add: (sum, count) => {
      sum.add(of(count));
      return sum;
    },
  });

const SAMPLES: Readonly<Record<CallName, (counts: Iterable<CallCount>) => readonly Sample[]>> = {
  sallyport_requests_total: (counts) => numbers(counts, ({ kind: { server, method, decision, code = 'none' } }) => ({ server, method, decision, code })),
  sallyport_request_duration_seconds: (counts) => durationsBy(counts, ({ kind: { server, decision } }) => ({ server, decision }), ({ durations }) => durations),
  sallyport_upstream_duration_seconds: (counts) => durationsBy(counts, ({ kind: { server } }) => ({ server }), ({ upstream }) => upstream),
  sallyport_tool_calls_total: (counts) => numbers(counts, ({ kind: { server, tool, decision } }) => (tool === undefined ? undefined : { server, tool, decision })),
  sallyport_tool_errors_total: (counts) => numbers(counts, ({ kind: { server, tool, toolError } }) => (tool === undefined || toolError === undefined ? undefined : { server, tool })),
  sallyport_limits_hit_total: (counts) => numbers(counts, ({ kind: { server, code } }) => (code?.startsWith('limit.') === true ? { server, code } : undefined)),
};

const isCallName = (name: string): name is CallName => Object.hasOwn(SAMPLES, name);

/** What a metric says of the calls that were counted; undefined for one that is not about calls. */
export const callSamples = (name: string, counts: Iterable<CallCount>): readonly Sample[] | undefined => (isCallName(name) ? SAMPLES[name](counts) : undefined);
