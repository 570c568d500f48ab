import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { aPermitted, aPrincipal, aRequest, aRoute, aToolCall } from '../../../test/world/exchanges.ts';
import { MovedClock } from '../../../test/world/moved-clock.ts';
import { refusalOf } from '../../../test/world/refusal.ts';
import type { GatewayError } from '../../errors/gateway-error.ts';
import type { McpCall } from '../../model/call.ts';
import type { Admitted, Permitted } from '../../model/exchange.ts';
import type { Principal } from '../../model/principal.ts';
import { Buckets } from './buckets.ts';
import { buildLimit } from './limit.ts';
import { limitsOf, type Limits } from './limits.ts';
import type { Limited } from './meters.ts';
import { quotaHeaders } from '../../errors/quota-headers.ts';

interface Rig {
  readonly clock: MovedClock;
  readonly buckets: Buckets;
  call(call: McpCall, more?: Partial<Permitted>): Admitted;
  /** The same as somebody else, or with a credential that has limits of its own. */
  as(who: Partial<Limited>, tool?: string, server?: string): Admitted;
  refused(who?: Partial<Limited>, tool?: string, server?: string): GatewayError;
}

const rigOf = (limits: Limits, more: { readonly buckets?: Buckets; readonly clock?: MovedClock } = {}): Rig => {
  const { clock = new MovedClock(), buckets = new Buckets() } = more;
  const limit = buildLimit({ limits, buckets, clock });
  const principals = new Map<string, Principal>();
  const principalOf = (who: Partial<Limited>): Principal => {
    const name = JSON.stringify(who);
    const principal = principals.get(name) ?? aPrincipal(who);
    principals.set(name, principal);
    return principal;
  };
  const call: Rig['call'] = (asked, rest = {}) => limit(aPermitted({ call: asked, atMs: clock.nowMs(), principal: principalOf({}), ...rest }));
  const as: Rig['as'] = (who, tool = 'x', server = 'crm') => call(aToolCall(tool), { principal: principalOf(who), route: aRoute({ server }) });
  return { clock, buckets, call, as, refused: (who = {}, tool = 'x', server = 'crm') => refusalOf(() => as(who, tool, server)) };
};

const slow = (burst: number) => ({ perSecond: 1, burst });
const detailOf = (refusal: GatewayError): string => refusal.circumstances.detail ?? '';

const NOTICE: McpCall = { kind: 'notification', era: 'legacy', method: 'notifications/initialized', params: {}, primitives: [] };
const FREE: readonly McpCall[] = [{ kind: 'stream', era: 'legacy' }, { kind: 'end', era: 'legacy' }, { kind: 'status' }, { kind: 'response', era: 'legacy', id: 1 }];
const BOB: Partial<Limited> = { credentialId: 'key_bob', subject: 'bob@company.com' };

suite('The limit of a key', () => {
  test('counts JSON-RPC calls, and nothing that is none', () => {
    const { call } = rigOf({ key: slow(2) });
    for (const free of [...FREE, ...FREE]) call(free);
    call(aToolCall('x'));
    call(NOTICE);
    assert.equal(refusalOf(() => call(aRequest('tools/list'))).code, 'limit.exceeded');
    for (const free of FREE) assert.doesNotThrow(() => call(free), free.kind);
  });

  test('is one limit over all servers, and one for each credential', () => {
    const { as, refused } = rigOf({ key: slow(1) });
    as({});
    refused({}, 'x', 'wiki');
    assert.doesNotThrow(() => as({ credentialId: 'key_2' }));
  });

  test('tells what is left of it', () => {
    const { call } = rigOf({ key: slow(5) });
    assert.deepEqual(call(aToolCall('x')).quota, { policy: 'key', limit: 5, remaining: 4, resetSeconds: 1 });
    assert.equal(call({ kind: 'status' }).quota?.remaining, 4);
  });

  test('fills again on the clock that never steps (L06)', () => {
    const { clock, as, refused } = rigOf({ key: slow(1) });
    as({});
    clock.step(3_600_000);
    refused();
    clock.step(-7_200_000);
    refused();
    clock.move(1_000);
    as({});
  });

  test('has a rate even where only a quota is configured', () => {
    assert.deepEqual(limitsOf({ key: { perDay: 5 } }).key, { perSecond: 500, burst: 2_000, perDay: 5 });
    assert.deepEqual(limitsOf({ key: { perSecond: 3 } }).key, { perSecond: 3 });
  });

  test('can be tightened by the key itself, and never widened', () => {
    const { as, refused } = rigOf({ key: slow(3) });
    const tight = { credentialId: 'key_tight', limits: { perDay: 1 } };
    as(tight);
    assert.equal(refused(tight).circumstances.extra?.['limit'], 'key-day');
    const wide = { credentialId: 'key_wide', limits: { perSecond: 1_000, burst: 1_000, perDay: 1_000 } };
    for (let at = 0; at < 3; at += 1) as(wide);
    assert.equal(refused(wide).circumstances.extra?.['limit'], 'key');
  });
});

suite('Limits over several keys', () => {
  test('several keys of one owner share the owner\'s, and nobody else\'s is touched', () => {
    const { as, refused } = rigOf({ owner: slow(2) });
    as({ credentialId: 'key_1' });
    as({ credentialId: 'key_2' });
    assert.match(detailOf(refused({ credentialId: 'key_3' })), /"owner".*all keys of alice@company\.com/);
    assert.doesNotThrow(() => as(BOB));
  });

  test('keys that share a role share the role\'s; each of several roles counts', () => {
    const { as, refused } = rigOf({ roles: { reader: slow(2), writer: slow(1) } });
    as({ ...BOB, roles: ['reader', 'writer'] });
    refused({ credentialId: 'key_2', roles: ['writer'] });
    as({ credentialId: 'key_3', roles: ['reader'] });
    assert.match(detailOf(refused({ credentialId: 'key_4', roles: ['reader'] })), /the role reader/);
    assert.doesNotThrow(() => as({ credentialId: 'key_5', roles: ['editor'] }));
  });

  test('a server\'s counts everybody there, and the gateway\'s everybody everywhere', () => {
    const { as, refused } = rigOf({ server: slow(2), gateway: slow(3) });
    as({});
    as(BOB);
    assert.equal(refused(BOB).circumstances.extra?.['limit'], 'server');
    as(BOB, 'x', 'wiki');
    assert.equal(refused(BOB, 'x', 'docs').circumstances.extra?.['limit'], 'gateway');
  });

  test('an entry by name stands in place of the general one', () => {
    const { as, refused } = rigOf({ owner: slow(1), owners: { 'bob@company.com': slow(2) }, server: slow(100), servers: { wiki: slow(1) } });
    as(BOB);
    as(BOB, 'x', 'wiki');
    assert.equal(refused(BOB).circumstances.extra?.['limit'], 'owner');
    assert.equal(refused({ credentialId: 'key_3', subject: 'carol' }, 'x', 'wiki').circumstances.extra?.['limit'], 'server');
  });

  test('keys without an owner share none (D2)', () => {
    const { as, refused } = rigOf({ owner: slow(1) });
    const [one, other] = [{ subject: 'no identity', credentialId: 'key_1' }, { subject: 'no identity', credentialId: 'key_2' }];
    as(one);
    as(other);
    assert.equal(refused(one).circumstances.extra?.['limit'], 'owner');
  });

  test('an owner who is called like a member of every object has no limit by that', () => {
    const { as } = rigOf({ owners: {} });
    assert.doesNotThrow(() => as({ subject: 'constructor' }));
  });
});

suite('The limit of a tool', () => {
  test('counts each tool of each server by itself, over all callers', () => {
    const { as, refused } = rigOf({ tool: slow(1) });
    as({}, 'a');
    as({}, 'b');
    as({}, 'a', 'wiki');
    assert.match(detailOf(refused(BOB, 'a')), /"tool".*all callers of a of crm/);
  });

  test('may be by names that begin alike, and by its own, which comes first wherever it stands', () => {
    const { as, refused } = rigOf({ tools: { 'crm:delete_*': slow(1), 'crm:delete_customer': slow(2) } });
    as({}, 'delete_customer');
    as({}, 'delete_customer');
    refused({}, 'delete_customer');
    as({}, 'delete_invoice');
    refused({}, 'delete_invoice');
    for (let at = 0; at < 20; at += 1) as({}, 'get_customer');
  });

  test('may be by key, and then counts each credential by itself', () => {
    const { as, refused } = rigOf({ toolPerKey: slow(1) });
    as({}, 'a');
    as({}, 'b');
    as({ credentialId: 'key_2' }, 'a');
    assert.match(detailOf(refused({}, 'a')), /this key and a of crm/);
  });

  test('cannot be passed by a name that looks like the border of two', () => {
    const { as } = rigOf({ tool: slow(1), toolPerKey: slow(1) });
    as({}, 'b:c', 'a');
    assert.doesNotThrow(() => as({}, 'c', 'b'));
  });

  test('counts no other call', () => {
    const { call } = rigOf({ tool: slow(1) });
    for (let at = 0; at < 3; at += 1) call(aRequest('prompts/get', { name: 'a' }, { primitives: [{ kind: 'prompt', name: 'a' }] }));
    assert.doesNotThrow(() => call(aToolCall('a')));
  });

  test('is none when none is configured', () => {
    const { as } = rigOf({});
    for (let at = 0; at < 50; at += 1) as({}, 'a');
  });
});

suite('A quota', () => {
  test('of the day is whole again at midnight UTC, and Retry-After says when that is', () => {
    const { clock, as, refused } = rigOf({ owner: { perDay: 2 } });
    as({});
    as({});
    const { circumstances } = refused();
    // The clock of the tests begins at 10:00 UTC.
    assert.equal(circumstances.headers?.['Retry-After'], String(14 * 3600));
    assert.equal(circumstances.extra?.['until'], '2026-07-29T00:00:00.000Z');
    clock.move(14 * 3_600_000 - 1);
    refused();
    clock.move(1);
    as({});
  });

  test('of the month lasts until the first of the next', () => {
    const { clock, as, refused } = rigOf({ key: { perMonth: 1 } });
    as({});
    clock.move(3 * 86_400_000);
    assert.equal(refused().circumstances.extra?.['until'], '2026-08-01T00:00:00.000Z');
    clock.move(86_400_000);
    as({});
  });

  test('does not begin anew for a clock that is stepped back over midnight, and not for ever is it counted into the future', () => {
    const { clock, as, refused } = rigOf({ key: { perDay: 1 } });
    as({});
    clock.step(-86_400_000);
    refused();
    clock.step(-86_400_000);
    as({});
  });

  test('tells what is left of it where that is scarcest, with its window', () => {
    const { as } = rigOf({ key: slow(100), owner: { perDay: 10 } });
    const { quota } = as({});
    assert.deepEqual(quota, { policy: 'owner-day', limit: 10, remaining: 9, windowSeconds: 86_400, resetSeconds: 14 * 3600 });
    assert.ok(quota);
    assert.deepEqual(quotaHeaders(quota), { RateLimit: '"owner-day";r=9;t=50400', 'RateLimit-Policy': '"owner-day";q=10;w=86400' });
  });
});

suite('All limits of a call', () => {
  test('are asked before any is drawn on: a refusal by one takes nothing from the others', () => {
    const { as, refused } = rigOf({ tools: { 'crm:dear': slow(1) }, key: { ...slow(4), perDay: 4 }, owner: slow(4), gateway: slow(4) });
    as({}, 'dear');
    for (let at = 0; at < 20; at += 1) refused({}, 'dear');
    for (let at = 0; at < 3; at += 1) as({});
    refused({});
  });

  test('that are used up together name the one that lasts longest', () => {
    const { as, refused } = rigOf({ key: slow(1), owner: { perDay: 1 }, gateway: { perMonth: 1 } });
    as({});
    assert.equal(refused().circumstances.extra?.['limit'], 'gateway-month');
  });
});

suite('Calls in flight', () => {
  test('are bounded until each has ended, and ending twice frees one place', () => {
    const { as, refused } = rigOf({ key: { inFlight: 2 } });
    const first = as({});
    as({});
    const refusal = refused();
    assert.equal(refusal.code, 'limit.in-flight');
    assert.equal(refusal.circumstances.headers?.['Retry-After'], '1');
    first.slots?.release();
    first.slots?.release();
    as({});
    refused();
  });

  test('are bounded by server and for the whole gateway over all callers', () => {
    const { as, refused } = rigOf({ servers: { crm: { inFlight: 1 } }, gateway: { inFlight: 2 } });
    const first = as({});
    assert.equal(refused(BOB).circumstances.extra?.['limit'], 'server-in-flight');
    as(BOB, 'x', 'wiki');
    assert.equal(refused(BOB, 'x', 'docs').circumstances.extra?.['limit'], 'gateway-in-flight');
    first.slots?.release();
    as(BOB, 'x', 'docs');
  });

  test('that are refused hold nothing and count as no call', () => {
    const { as, refused } = rigOf({ key: { inFlight: 1, perDay: 2 } });
    const first = as({});
    for (let at = 0; at < 5; at += 1) refused();
    first.slots?.release();
    as({}).slots?.release();
    assert.equal(refused().circumstances.extra?.['limit'], 'key-day');
  });

  test('are no streams, which have a bound of their own', () => {
    const { call } = rigOf({ key: { inFlight: 1 } });
    for (let at = 0; at < 3; at += 1) assert.equal(call(aRequest('subscriptions/listen')).slots, undefined);
    assert.ok(call(aToolCall('x')).slots);
  });
});

suite('A reload', () => {
  test('keeps what was counted', () => {
    const before = rigOf({ key: { perDay: 1, inFlight: 1 } });
    const running = before.as({});
    const after = rigOf({ key: { perDay: 2, inFlight: 1 } }, before);
    assert.equal(after.refused().code, 'limit.in-flight');
    running.slots?.release();
    after.as({}).slots?.release();
    after.refused();
  });

  test('that raises a rate lets in at once', () => {
    const before = rigOf({ key: { perSecond: 0.001, burst: 1 } });
    before.as({});
    before.refused();
    rigOf({ key: { perSecond: 1, burst: 1 } }, before).as({});
  });
});

suite('A refusal by a limit', () => {
  test('says which limit, until when, in every spelling clients know (R68, R99, RFC 9110 §10.2.3)', () => {
    const { as, refused } = rigOf({ key: slow(1) });
    as({});
    const { circumstances } = refused();
    assert.deepEqual(circumstances.headers, {
      RateLimit: '"key";r=0;t=1', 'RateLimit-Policy': '"key";q=1', 'X-RateLimit-Limit': '1', 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': '1', 'Retry-After': '1',
    });
    assert.deepEqual(circumstances.extra, { limit: 'key', until: '2026-07-28T10:00:01.000Z', retry_after_seconds: 1, raise: 'limits: { key: { perSecond: 2, burst: 2 } }' });
    assert.equal(circumstances.detail, 'The limit "key" (1 call a second, 1 at once, of this key) is used up until 2026-07-28T10:00:01.000Z; try again in 1 s.');
  });

  const raised: readonly (readonly [string, Limits, Partial<Limited>, string])[] = [
    ['the owner by name', { owner: { perDay: 1, inFlight: 3 } }, {}, 'limits: { owners: { "alice@company.com": { perDay: 2, inFlight: 3 } } }'],
    ['the role by name', { role: slow(1) }, { roles: ['reader'] }, 'limits: { roles: { reader: { perSecond: 2, burst: 2 } } }'],
    ['the server by name', { server: { perMonth: 1 } }, {}, 'limits: { servers: { crm: { perMonth: 2 } } }'],
    ['the tool by name', { tools: { '*:x': { perDay: 1 } } }, {}, 'limits: { tools: { "crm:x": { perDay: 2 } } }'],
    ['the gateway', { gateway: { inFlight: 1 } }, {}, 'limits: { gateway: { inFlight: 2 } }'],
    ['the key, where it is its own limit', { key: slow(9) }, { limits: { perDay: 1 } }, 'sallyport keys limit key_1 --per-day 2'],
    ['the key, with all it has of its own', { key: slow(9) }, { limits: { perSecond: 0.5, burst: 1, inFlight: 7 } }, 'sallyport keys limit key_1 --per-second 1 --burst 2 --in-flight 7'],
    ['the file, where a key asks for more than it allows', { key: slow(1) }, { limits: { perSecond: 5, burst: 5, perDay: 9 } }, 'limits: { key: { perSecond: 2, burst: 2 } }'],
  ];
  for (const [what, limits, who, words] of raised) {
    test(`says what to type or write to raise it: ${what} (R68)`, () => {
      const { as, refused } = rigOf(limits);
      as(who);
      assert.equal(refused(who).circumstances.extra?.['raise'], words);
    });
  }

  test('is foretold by the headers of each good reply', () => {
    assert.deepEqual(quotaHeaders({ policy: 'key', limit: 5, remaining: 4, resetSeconds: 1 }), { RateLimit: '"key";r=4;t=1', 'RateLimit-Policy': '"key";q=5' });
  });
});
