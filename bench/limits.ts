import { aPermitted, aPrincipal, aToolCall } from '../test/world/exchanges.ts';
import { Buckets } from '../src/stages/limit/buckets.ts';
import { buildLimit } from '../src/stages/limit/limit.ts';
import type { Admitted, Permitted } from '../src/model/exchange.ts';
import { report } from './report.ts';

/**
 * `node bench/limits.ts`: what the limit stage costs a call, in nanoseconds, with so many buckets. The first row is the
 * configuration as it is without a word about limits, the second has every kind of limit there is. A key's first call makes its buckets; the
 * next ones are of ten thousand keys that call often; the last figure is of keys that call once in a million calls.
 */

const CALLS = 200_000;
const clock = { monotonicMs: () => performance.now() };
const wide = { perSecond: 1e6, burst: 1e7 };

const CONFIGURATIONS = {
  'a rate by key': { key: wide },
  'every kind of limit': {
    gateway: { ...wide, perDay: 1e12, inFlight: 1e6 }, server: { ...wide, inFlight: 1e6 }, owner: { ...wide, perDay: 1e12, perMonth: 1e12 }, role: wide,
    key: { ...wide, perDay: 1e12, perMonth: 1e12, inFlight: 1e6 }, tool: wide, toolPerKey: wide,
  },
};

const permittedOf = (keys: number): readonly Permitted[] => {
  const template = aPermitted({ call: aToolCall('get_customer'), atMs: Date.now() });
  return Array.from({ length: keys }, (_, at) => ({ ...template, principal: aPrincipal({ credentialId: `key_${String(at)}`, subject: `owner ${String(at % 1_000)}`, roles: ['reader'] }) }));
};

/** Nanoseconds a call, over so many calls that go through the keys in turn. */
const measure = (limit: (permitted: Permitted) => Admitted, permitted: readonly Permitted[], calls: number): number => {
  const start = performance.now();
  for (let at = 0; at < calls; at += 1) {
    const one = permitted[at % permitted.length];
    if (one !== undefined) limit(one).slots?.release();
  }
  return ((performance.now() - start) * 1e6) / calls;
};

const rows: string[][] = [];

/** A million keys with all limits there are would take a minute. */
const CASES = [['a rate by key', 10], ['every kind of limit', 10], ['a rate by key', 1_000_000]] as const;

for (const [name, keys] of CASES) {
  const [permitted, limits] = [permittedOf(keys), CONFIGURATIONS[name]];
  const limit = buildLimit({ limits, buckets: new Buckets(), clock });
  const first = measure(limit, permitted, keys);
  const some = permitted.slice(0, 10_000);
  measure(limit, some, CALLS);
  rows.push([name, String(keys), ...[first, measure(limit, some, CALLS), measure(limit, permitted, CALLS)].map((ns) => ns.toFixed(0))]);
}
report({ title: 'Limits by themselves, ns a call', columns: ['limits', 'keys', 'first call of a key', 'the next ones', 'after all others'], rows, note: 'One process, without HTTP. The next ones are of ten thousand keys that call often.' });
