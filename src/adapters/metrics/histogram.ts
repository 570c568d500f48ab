/**
 * Upper bounds of durations, in seconds. They hold all those that the semantic conventions of OpenTelemetry ask for of MCP, so that what was counted
 * once can be told both ways; below them three finer ones, because a gateway's own share is a fraction of a hundredth.
 */
export const BOUNDS: readonly number[] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];

/** Durations, counted by how long they were. */
export class Histogram {
  /** How many were as long as a bound or shorter, and longer than the bound before; behind the last bound stand those that were longer. */
  readonly counts: number[] = Array.from({ length: BOUNDS.length + 1 }, () => 0);
  sum = 0;
  count = 0;

  observe(seconds: number): void {
    let at = 0;
    while (at < BOUNDS.length && seconds > (BOUNDS[at] ?? Number.POSITIVE_INFINITY)) at += 1;
    this.counts[at] = (this.counts[at] ?? 0) + 1;
    this.sum += seconds;
    this.count += 1;
  }

  /** Counts everything that another has counted. */
  add({ counts, sum, count }: Histogram): void {
    for (const [at, more] of counts.entries()) this.counts[at] = (this.counts[at] ?? 0) + more;
    this.sum += sum;
    this.count += count;
  }
}
