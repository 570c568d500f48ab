import { counted } from '../../model/counted.ts';
import type { Alarm } from '../../model/alarm.ts';
import type { StoredKey } from '../../model/api-key.ts';
import type { AdminNeeds } from '../needs.ts';

const CRITICAL = 3;

/** Raises the alarm of a key that was reported as leaked and is in quarantine for it; the gateway tells of it, and that it is over when the key is released or revoked. */
export const raiseLeak = ({ id, name, owner, leakReports = 1 }: StoredKey, { store, world }: Pick<AdminNeeds, 'store' | 'world'>): void => {
  const nowMs = world.clock.nowMs();
  const words = `the key ${id} ("${name}" of ${owner}) was found where it should not be and is in quarantine: it opens nothing`;
  const evidence = [{ sign: 'leak', words: counted(leakReports, 'report') }];
  const open = store.alarms.open('key.leaked', id);
  if (open !== undefined) return store.alarms.put({ ...open, evidence, lastAtMs: nowMs });
  const alarm: Alarm = {
    id: `alm_${Buffer.from(world.random.bytes(9)).toString('hex')}`, name: 'key.leaked', subject: id, step: CRITICAL, words, evidence,
    cures: [`sallyport keys rotate ${id} --overlap now`, `sallyport keys revoke ${id}`, `sallyport keys release ${id}`], state: 'open', raisedAtMs: nowMs, lastAtMs: nowMs,
  };
  return store.alarms.hand(alarm);
};
