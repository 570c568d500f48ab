import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { addressBucket } from '../../src/stages/shield/address-bucket.ts';
import { buildLimiter } from '../../src/stages/shield/gcra.ts';
import { buildClientAddress } from '../../src/stages/listen/client-address.ts';
import { KEYS } from '../world/attack-config.ts';
import { AttackWorld } from '../world/attack-world.ts';
import { bodiless, calling } from '../world/mcp-requests.ts';
import { MovedClock } from '../world/moved-clock.ts';

/** Group Q: who is counted, how much, and what a caller is told who has used it up. */

const SLOW = { perSecond: 0.01, burst: 4 };
const world = await AttackWorld.start({ limits: { key: { perSecond: 0.01, burst: 40 }, toolPerKey: SLOW }, keys: { 'second-key-0123456789abcdef': { name: 'Second', userId: 'second', permissions: ['alpha:*'] } } });
after(() => world[Symbol.asyncDispose]());

suite('A caller is counted as the address that is proven, and no other', () => {
  const behind = buildClientAddress(['10.0.0.0/8', '::1']);
  const of = (socket: string, forwarded?: string): string => behind(socket, { 'x-forwarded-for': forwarded });
  const cases: readonly (readonly [string, string, string | undefined, string])[] = [
    ['without proxies in the way nothing is believed', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['the last hop before a proxy counts', '10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['what stands before it is the caller\'s own claim', '10.0.0.1', '127.0.0.1, 1.1.1.1, 198.51.100.1', '198.51.100.1'],
    ['a chain of proxies is walked', '10.0.0.1', '198.51.100.1, 10.0.0.7', '198.51.100.1'],
    ['junk ends the walk at what is proven', '10.0.0.1', 'unknown', '10.0.0.1'],
    ['junk after a claim too', '10.0.0.1', '198.51.100.1, _hidden', '10.0.0.1'],
    ['an empty header', '10.0.0.1', '', '10.0.0.1'],
    ['an address with a port', '10.0.0.1', '198.51.100.1:4711', '198.51.100.1'],
    ['a mapped socket address', '::ffff:10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['an IPv6 address in brackets', '::1', '[2001:db8::1]:443', '2001:db8::1'],
  ];
  for (const [name, socket, forwarded, expected] of cases) test(`[L01] ${name}`, () => assert.equal(of(socket, forwarded), expected));

  test('[L01] over HTTP, a forged chain changes nothing where no proxy is configured', async () => {
    const { position } = world;
    await world.send(bodiless('GET', { key: KEYS.other, target: '/alpha/mcp/status', headers: [['X-Forwarded-For', '1.2.3.4'], ['Forwarded', 'for=1.2.3.4'], ['X-Real-IP', '1.2.3.4'], ['CF-Connecting-IP', '1.2.3.4']] }));
    const [record] = await world.callsOnceThere(position, 1);
    assert.equal(record?.address, '127.0.0.1');
  });
});

suite('Addresses of one line share a bucket', () => {
  const same: readonly (readonly [string, string])[] = [['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff'], ['2001:0db8:0001:0002::1', '2001:db8:1:2::2'], ['::ffff:192.0.2.1', '192.0.2.1']];
  const apart: readonly (readonly [string, string])[] = [['2001:db8:1:2::1', '2001:db8:1:3::1'], ['192.0.2.1', '192.0.2.2'], ['::ffff:192.0.2.1', '::ffff:192.0.2.2']];
  for (const [one, other] of same) test(`[L02] ${one} and ${other} do`, () => assert.equal(addressBucket(one), addressBucket(other)));
  for (const [one, other] of apart) test(`[L02] ${one} and ${other} do not`, () => assert.notEqual(addressBucket(one), addressBucket(other)));
});

test('[L06] a stepped wall clock neither frees nor locks a bucket; time that passes frees it', () => {
  const clock = new MovedClock();
  const limiter = buildLimiter('key', { rate: { perSecond: 1, burst: 2 }, capacity: 10 }, clock);
  const takes = (): string => limiter.take('a', 1).kind;
  assert.deepEqual([takes(), takes(), takes()], ['admitted', 'admitted', 'refused']);
  clock.step(3_600_000);
  assert.equal(takes(), 'refused');
  clock.move(1_000);
  assert.deepEqual([takes(), takes()], ['admitted', 'refused']);
});

suite('A limit that is used up', () => {
  test('[L03] lets exactly the burst through, however many come at once, and says which limit and until when', async () => {
    const replies = await Promise.all(Array.from({ length: 12 }, () => world.send(calling('get_other', { key: 'second-key-0123456789abcdef' }))));
    assert.equal(replies.filter(({ status }) => status === 200).length, SLOW.burst);
    const refused = replies.find(({ status }) => status === 429);
    assert.ok(refused);
    const problem = JSON.parse(refused.body) as Record<string, unknown>; // the problem document of our own
    assert.equal(problem['error'], 'Rate limit exceeded');
    assert.equal(problem['code'], 'limit.exceeded');
    assert.equal(problem['limit'], 'tool-per-key');
    assert.match(String(problem['detail']), /get_other.*try again in \d+ s/);
    assert.match(refused.headers.get('retry-after')?.[0] ?? '', /^[1-9]\d*$/);
    assert.match(refused.headers.get('ratelimit')?.[0] ?? '', /^"tool-per-key";r=0;t=\d+$/);
    assert.match(refused.headers.get('ratelimit-policy')?.[0] ?? '', /^"tool-per-key";q=4/);
    assert.equal(refused.headers.get('x-ratelimit-remaining')?.[0], '0');
  });

  test('[L03] is that of one key and one tool: another tool, and another key, pass', async () => {
    await world.passes(calling('delete_thing', { key: 'second-key-0123456789abcdef' }));
    await world.passes(calling('get_other', { key: KEYS.other }));
  });

  test('[L03] is refused like anything else: nothing goes on, one record', () => world.refuses(calling('get_other', { key: 'second-key-0123456789abcdef' }), { status: 429, code: 'limit.exceeded' }).then(() => undefined));

  test('a good reply says what is left (R68)', async () => {
    const reply = await world.passes(calling('delete_thing', { key: KEYS.other }));
    assert.match(reply.headers.get('ratelimit')?.[0] ?? '', /^"tool-per-key";r=\d+;t=\d+$/);
  });
});
