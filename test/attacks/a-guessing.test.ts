import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { buildLimiter } from '../../src/stages/shield/gcra.ts';
import { buildShield } from '../../src/stages/shield/shield.ts';
import { KEYS } from '../world/attack-config.ts';
import { AttackWorld } from '../world/attack-world.ts';
import { aRouted } from '../world/exchanges.ts';
import { calling } from '../world/mcp-requests.ts';
import { MovedClock } from '../world/moved-clock.ts';
import type { RequestParts } from '../world/raw-http.ts';
import { refusalOf } from '../world/refusal.ts';

/** Group A, guessing: whoever tries keys is slowed down by address, and nobody else is locked out by it. */

const BURST = 8;
// The test plays the proxy, so that each attack may come from an address of its own.
const world = await AttackWorld.start({ listen: { trustedProxies: ['127.0.0.1'] }, limits: { invalidCredentials: { perSecond: 0.01, burst: BURST } } });
after(() => world[Symbol.asyncDispose]());

const from = (address: string, key: string | null): RequestParts => calling('get_thing', { key, headers: [['X-Forwarded-For', address]] });
const INVALID = { status: 401, code: 'credential.invalid' } as const;
const GUESSING = { status: 429, code: 'limit.guessing' } as const;

/** Uses an address's guesses up. */
const exhaust = async (address: string, key = (number: number): string => `guess-${String(number)}`): Promise<void> => {
  for (let number = 0; number < BURST; number += 1) await world.refuses(from(address, key(number)), INVALID);
};

suite('Guesses from one address', () => {
  test('[K12] end in 429 with the time to wait, whatever is guessed next', async () => {
    await exhaust('203.0.113.1');
    for (const key of ['guess', 'GUESS', 'sally_live_x', '__proto__']) {
      const reply = await world.refuses(from('203.0.113.1', key), GUESSING);
      assert.match(reply.headers.get('retry-after')?.[0] ?? '', /^[1-9]\d*$/);
    }
  });

  test('[K12] are counted alike in whatever case or space the guess or the address is written', async () => {
    const spellings = ['guess', ' guess', 'guess ', 'GUESS', 'Guess', '\tguess', 'gUess', 'guesS'];
    const addresses = ['2001:db8::1', '2001:DB8::1', '2001:0db8:0:0::2', '[2001:db8::3]', '[2001:db8::4]:443', '2001:db8::5%eth0', ' 2001:db8::6 ', '2001:db8:0:0:ffff::'];
    for (const [at, address] of addresses.entries()) await world.refuses(from(address, spellings[at] ?? ''), INVALID);
    await world.refuses(from('2001:db8::9', 'guess'), GUESSING);
  });

  test('[K12] lock no key out that cannot be guessed, and none at all elsewhere', async () => {
    const minted = await world.mint(['alpha:*']);
    await exhaust('203.0.113.2');
    await world.refuses(from('203.0.113.2', KEYS.other), GUESSING);
    await world.passes(from('203.0.113.2', minted.secret));
    await world.passes(from('203.0.113.3', KEYS.other));
  });

  test('[K12] without any credential are no guesses', async () => {
    for (let number = 0; number < BURST + 2; number += 1) await world.refuses(from('203.0.113.4', null), { status: 401, code: 'credential.missing' });
    await world.passes(from('203.0.113.4', KEYS.other));
  });

  test('[K12] raise one alarm, not one for each', () => {
    const alarms = world.process.stderr().split('\n').filter((line) => line.includes('guessing credentials'));
    assert.equal(alarms.length, 1, alarms.join('\n'));
  });
});

suite('Guesses from very many addresses', () => {
  test('[K12] are all refused, each leaves its record, and the real key opens in their midst', async () => {
    const { position } = world;
    const guess = async (number: number): Promise<number> => (await world.send(from(`198.51.${String(number >> 8)}.${String(number & 255)}`, `sally_live_${String(number)}`))).status;
    const guesses = Array.from({ length: 500 }, (_, number) => number);
    while (guesses.length > 0) assert.deepEqual(new Set(await Promise.all(guesses.splice(0, 25).map(guess))), new Set([401]));
    await world.passes(from('198.51.0.1', KEYS.other));
    assert.equal((await world.callsOnceThere(position, 501)).filter(({ code }) => code === 'credential.invalid').length, 500);
  });

  test('[K12] a million more do not wear the table of addresses out: it stays bounded, and who guesses now is still counted', () => {
    const clock = new MovedClock();
    const limiter = (capacity: number) => buildLimiter('invalid', { rate: { perSecond: 1, burst: 5 }, capacity }, clock);
    const shield = buildShield({ address: limiter(1), failures: limiter(1_000), allowance: {} }, () => undefined);
    for (let number = 0; number < 200_000; number += 1) shield.failed(`10.${String(number >> 16)}.${String((number >> 8) & 255)}.${String(number & 255)}`);
    for (let number = 0; number < 5; number += 1) shield.failed('192.0.2.1');
    assert.equal(refusalOf(() => shield.failed('192.0.2.1')).code, 'limit.guessing');
    assert.equal(shield.check(aRouted({ address: '192.0.2.1' })).suspected, true);
    assert.equal(shield.check(aRouted({ address: '192.0.2.2' })).suspected, false);
  });
});
