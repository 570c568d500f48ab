import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { aRouted } from '../../../test/world/exchanges.ts';
import { MovedClock } from '../../../test/world/moved-clock.ts';
import { refusalOf } from '../../../test/world/refusal.ts';
import { buildLimiter } from './gcra.ts';
import { buildShield } from './shield.ts';

const shieldOf = ({ requests = 100, failures = 2 }) => {
  const clock = new MovedClock();
  const alarms: string[] = [];
  const shield = buildShield(
    {
      address: buildLimiter('address', { rate: { perSecond: 1, burst: requests }, capacity: 10 }, clock),
      failures: buildLimiter('invalid-credentials', { rate: { perSecond: 1, burst: failures }, capacity: 10 }, clock),
      allowance: { perSecond: 1, burst: requests },
    },
    (address) => void alarms.push(address),
  );
  return { clock, alarms, fail: (address: string) => shield.failed(address), check: (address: string) => shield.check(aRouted({ address })) };
};

suite('An address', () => {
  test('is let through up to its limit, and then told when to come again (R68, L02)', () => {
    const { check, clock } = shieldOf({ requests: 2 });
    check('192.0.2.1');
    check('::ffff:192.0.2.1');
    const refusal = refusalOf(() => check('192.0.2.1'));
    assert.equal(refusal.code, 'limit.exceeded');
    assert.equal(refusal.circumstances.headers?.['Retry-After'], '1');
    assert.ok(refusal.circumstances.detail?.includes('requests of this address'));
    assert.equal(check('192.0.2.2').suspected, false);
    clock.move(1_000);
    assert.equal(check('192.0.2.1').suspected, false);
  });

  test('that rotates inside its /64 stays one address (L02, CVE-2026-30827)', () => {
    const { check } = shieldOf({ requests: 2 });
    check('2001:db8::1');
    check('2001:db8::2');
    assert.equal(refusalOf(() => check('2001:db8::3')).code, 'limit.exceeded');
  });

  test('that has guessed too often is marked, and no other is (K12)', () => {
    const { check, fail } = shieldOf({});
    assert.equal(check('192.0.2.1').suspected, false);
    fail('192.0.2.1');
    assert.equal(check('192.0.2.1').suspected, false);
    fail('192.0.2.1');
    assert.equal(check('192.0.2.1').suspected, true);
    assert.equal(check('192.0.2.2').suspected, false);
  });

  test('that goes on guessing gets 429 and raises the alarm, each time (K12)', () => {
    const { fail, alarms } = shieldOf({});
    fail('192.0.2.1');
    fail('192.0.2.1');
    assert.deepEqual(alarms, []);
    const refusal = refusalOf(() => fail('192.0.2.1'));
    assert.equal(refusal.code, 'limit.guessing');
    assert.deepEqual(refusal.circumstances.headers, { 'Retry-After': '1' });
    refusalOf(() => fail('192.0.2.1'));
    assert.deepEqual(alarms, ['192.0.2.1', '192.0.2.1']);
  });

  test('is trusted again when it has stopped', () => {
    const { check, fail, clock } = shieldOf({});
    fail('192.0.2.1');
    fail('192.0.2.1');
    clock.move(1_000);
    assert.equal(check('192.0.2.1').suspected, false);
  });

  test('keeps the exchange it came with', () => {
    const { check } = shieldOf({});
    assert.equal(check('192.0.2.1').address, '192.0.2.1');
  });
});
