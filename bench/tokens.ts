import { TestKey, type TestAlgorithm } from '../test/world/token-issuer.ts';
import { TokenRoom } from '../test/world/token-room.ts';
import { report } from './report.ts';

/**
 * What an access token costs at the door, in this process and without HTTP: `node bench/tokens.ts`. A remembered token is asked for whom it is
 * and whether it was denied; one that is seen for the first time is read, verified and made into a principal.
 */
const ROUNDS = 5;
const BUDGET_MS = 300;
const FRESH = 2_000;

/** Microseconds of one remembered verification: the best of a few rounds, because only disturbances make it slower. */
const remembered = async (algorithm: TestAlgorithm): Promise<number> => {
  const room = new TokenRoom({ keys: [new TestKey(algorithm, 'key-1')] });
  const token = room.token({ groups: ['Engineering', 'Sales'], scope: 'openid alpha:get_customer', email: 'alice@company.com' });
  await room.opens(token);
  const ask = room.asker();
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = performance.now();
    let count = 0;
    while (performance.now() - start < BUDGET_MS) for (let at = 0; at < 500; at += 1, count += 1) ask(token);
    best = Math.min(best, ((performance.now() - start) * 1000) / count);
  }
  return best;
};

/** Tokens a second that were never seen before, 16 at a time. */
const fresh = async (algorithm: TestAlgorithm): Promise<number> => {
  const room = new TokenRoom({ keys: [new TestKey(algorithm, 'key-1')] });
  await room.opens(room.token());
  const tokens = Array.from({ length: FRESH }, (_, at) => room.token({ jti: `token-${String(at)}` }));
  const start = performance.now();
  const next = async (): Promise<void> => {
    for (let token = tokens.pop(); token !== undefined; token = tokens.pop()) await room.opens(token);
  };
  await Promise.all(Array.from({ length: 16 }, next));
  return FRESH / ((performance.now() - start) / 1000);
};

const rows: string[][] = [];
for (const algorithm of ['RS256', 'ES256', 'EdDSA'] as const) {
  rows.push([algorithm, (await remembered(algorithm)).toFixed(2), (await fresh(algorithm)).toFixed(0)]);
}
report({ title: 'An access token by itself', columns: ['algorithm', 'remembered, µs', 'first seen, a second'], rows, note: 'One process, without HTTP.' });
