import { aPermitted, aPrincipal, aToolCall } from '../test/world/exchanges.ts';
import { Buckets } from '../src/stages/limit/buckets.ts';
import { buildLimit } from '../src/stages/limit/limit.ts';
import type { Limits } from '../src/stages/limit/limits.ts';
import type { Permitted } from '../src/model/exchange.ts';

/**
 * `node bench/limits.ts`: what the limit stage costs a call, in nanoseconds, for so many keys in turn. The first row is the
 * configuration as it is without a word about limits, the second has every kind of limit there is.
 */

const CALLS = 400_000;
const clock = { monotonicMs: () => performance.now() };
const wide = { perSecond: 1e6, burst: 1e7 };

const CONFIGURATIONS: Readonly<Record<string, Limits>> = {
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

/** Nanoseconds a call, in the best of three rounds. */
const measure = (limits: Limits, permitted: readonly Permitted[]): number => {
  const limit = buildLimit({ limits, buckets: new Buckets(), clock });
  const round = (): number => {
    const start = performance.now();
    for (let at = 0; at < CALLS; at += 1) {
      const one = permitted[at % permitted.length];
      if (one !== undefined) limit(one).slots?.release();
    }
    return ((performance.now() - start) * 1e6) / CALLS;
  };
  return Math.min(round(), round(), round());
};

for (const keys of [10, 100_000, 1_000_000]) {
  const permitted = permittedOf(keys);
  for (const [name, limits] of Object.entries(CONFIGURATIONS)) console.log(`${String(keys).padStart(9)} keys  ${name.padEnd(20)}  ${measure(limits, permitted).toFixed(0).padStart(6)} ns a call`);
}
