import { z } from 'zod';
import { ALARM_ID, type Alarm } from '../../model/alarm.ts';
import type { Operator } from '../../ports/operation.ts';
import { NothingFound, OperationRefused, type AdminNeeds } from '../needs.ts';

/** What operations on one alarm take. */
export const alarmInput = z.strictObject({ id: z.string().regex(ALARM_ID, 'is not the id of an alarm, which looks like alm_03fd9d2130a884c265') });

/** Finds an alarm. @throws NothingFound */
export const findAlarm = ({ store }: Pick<AdminNeeds, 'store'>, id: string): Alarm => {
  const alarm = store.alarms.get(id);
  if (alarm === undefined) throw new NothingFound(`there is no alarm ${id}: "sallyport alarms list" names all`);
  return alarm;
};

/** Ends an open alarm. @throws OperationRefused when it has ended */
export const closeAlarm = (id: string, state: 'expected' | 'resolved', { needs, by }: { readonly needs: AdminNeeds; readonly by: Operator }): Alarm =>
  needs.store.transaction(() => {
    const alarm = findAlarm(needs, id);
    if (alarm.state !== 'open') throw new OperationRefused(`the alarm ${id} is ${alarm.state} since ${new Date(alarm.closed?.atMs ?? alarm.lastAtMs).toISOString()}: nothing is left to do`);
    const closed: Alarm = { ...alarm, state, closed: { by: by.name, atMs: needs.world.clock.nowMs() } };
    needs.store.alarms.hand(closed);
    return closed;
  });
