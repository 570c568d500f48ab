import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { CapturedLog } from '../../../../test/world/captured-log.ts';
import { MovedClock } from '../../../../test/world/moved-clock.ts';
import { DAY_MS } from '../../../model/duration.ts';
import type { Expiring } from '../../../model/expiring.ts';
import { EXPIRING_NOTICE, ExpiryNotices } from './expiry-notices.ts';

/** Each step of each certificate is told once (R90). */

suite('Notices of what expires', () => {
  const room = () => {
    const [clock, log] = [new MovedClock(), new CapturedLog()];
    const lasting = (name: string, days: number): Expiring => ({ kind: 'client', name, what: `the certificate of ${name}`, cure: 'renew it', fromMs: clock.nowMs() - 300 * DAY_MS, expiresAtMs: clock.nowMs() + days * DAY_MS });
    return { clock, log, lasting, notices: new ExpiryNotices({ clock, log }) };
  };

  test('are given once for each step, under a stable name', () => {
    const { clock, log, lasting, notices } = room();
    const one = lasting('build-07', 32);
    for (let day = 0; day < 34; day += 1) {
      notices.look([one]);
      notices.look([one]);
      clock.sleep(DAY_MS);
    }
    assert.deepEqual(log.said('warn').map((words) => /in (\d+) days?|has expired/.exec(words)?.[1]), ['30', '20', '10', '3', '1', undefined]);
    assert.ok(log.entries.every(({ fields }) => fields['notice'] === EXPIRING_NOTICE && fields['kind'] === 'client' && fields['name'] === 'build-07'));
  });

  test('are given anew for what was renewed and ends again, and never for what has time', () => {
    const { log, lasting, notices } = room();
    notices.look([lasting('a', 5), lasting('b', 100)]);
    notices.look([lasting('a', 9)]);
    assert.equal(log.said('warn').length, 2);
  });

  test('do not fill the log when much ends at once', () => {
    const { log, lasting, notices } = room();
    notices.look(Array.from({ length: 500 }, (_, at) => lasting(`client-${String(at)}`, 2)));
    assert.deepEqual([log.entries.length, log.said('warn').at(-1)?.startsWith('450 more')], [51, true]);
  });
});
