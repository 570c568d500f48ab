import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { aPrincipal, anIdentified } from '../../../test/world/exchanges.ts';
import { MovedClock } from '../../../test/world/moved-clock.ts';
import { refusalOf } from '../../../test/world/refusal.ts';
import { buildLimiter } from './gcra.ts';
import { buildPrincipalLimit } from './principal-limit.ts';

suite('Whoever administers', () => {
  const clock = new MovedClock();
  const allowance = { perSecond: 1, burst: 2 };
  const limit = buildPrincipalLimit({ limiter: buildLimiter('admin', { rate: allowance, capacity: 10 }, clock), allowance });
  const by = (subject: string, credentialId: string, address: string) => () => limit(anIdentified({ principal: aPrincipal({ subject, credentialId }), address }));

  test('is limited as a person, from whatever address and with whatever key, and told when to come again (R68, R99)', () => {
    by('alice', 'key_1', '192.0.2.1')();
    by('alice', 'key_2', '192.0.2.2')();
    const { code, circumstances } = refusalOf(by('alice', 'key_3', '192.0.2.3'));
    assert.equal(code, 'limit.exceeded');
    assert.deepEqual([circumstances.headers?.['Retry-After'], circumstances.extra?.['limit'], circumstances.extra?.['raise']], ['1', 'admin', 'limits: { admin: { perSecond: 2, burst: 4 } }']);
    clock.move(1_000);
    by('alice', 'key_3', '192.0.2.3')();
  });

  test('takes nothing from anybody else', () => {
    by('bob', 'key_4', '192.0.2.1')();
  });
});
