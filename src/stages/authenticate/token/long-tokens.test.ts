import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { TokenRoom } from '../../../../test/world/token-room.ts';
import { DAY_MS } from '../../../model/duration.ts';

/** Tokens that were handed out once for a long time end some day, and nobody refreshes them (issue 7). */

const SECOND_MS = 1_000;

const heldAfter = async (days: readonly number[]): Promise<readonly (readonly [days: number, what: string])[]> => {
  const room = new TokenRoom({ issuer: { maxLifetime: '400d' } });
  const iat = Math.floor(room.clock.nowMs() / SECOND_MS);
  for (const [at, life] of days.entries()) await room.opens(room.token({ iat, exp: iat + (life * DAY_MS) / SECOND_MS, jti: `t-${String(at)}` }));
  return room.longTokens.ends.map(({ expiresAtMs, fromMs, what }) => [Math.round((expiresAtMs - fromMs) / DAY_MS), what]);
};

suite('An access token that lives for days', () => {
  test('is known by its holder, and one for longer takes its place', async () => {
    const [[life, what] = [], ...others] = await heldAfter([30, 90, 60]);
    assert.deepEqual([life, others], [90, []]);
    assert.match(what ?? '', /^the access token of \S+.*, from the issuer corp,$/);
  });

  test('is not one that is good for an hour or a day, which its client refreshes', async () => assert.deepEqual(await heldAfter([1 / 24, 1]), []));

  test('is not one that opened nothing', async () => {
    const room = new TokenRoom({ issuer: { maxLifetime: '400d' } });
    const iat = Math.floor(room.clock.nowMs() / SECOND_MS);
    await room.refuses(room.token({ iat, exp: iat + (90 * DAY_MS) / SECOND_MS, aud: 'https://elsewhere.example' }));
    assert.deepEqual(room.longTokens.ends, []);
  });
});
