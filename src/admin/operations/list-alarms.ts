import { z } from 'zod';
import { ALARM_ID, ALARM_STATES, type Alarm } from '../../model/alarm.ts';
import type { Operation } from '../../ports/operation.ts';
import type { AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

const input = z.strictObject({
  /** `next` of the page before. */
  after: z.string().regex(ALARM_ID, 'is not the id of an alarm, which looks like alm_03fd9d2130a884c265').optional(),
  limit: z.number().int().min(1).max(1_000).default(100),
  state: z.enum(ALARM_STATES).optional(),
});

export interface ListedAlarms {
  readonly alarms: readonly Alarm[];
  /** What to pass as `after` for the next page; absent on the last one. */
  readonly next?: string;
}

/** Lists alarms, the newest first. */
export const listAlarms: Operation<'alarms list', z.input<typeof input>, ListedAlarms, AdminNeeds> = {
  name: 'alarms list',
  summary: 'list alarms, the newest first',
  input,
  permission: 'admin:alarms',
  run(raw, { store }) {
    const { after, limit, state } = readInput(input, raw);
    const alarms = store.alarms.page({ limit, ...(after === undefined ? {} : { after }), ...(state === undefined ? {} : { state }) });
    const last = alarms.at(-1);
    return { alarms, ...(last === undefined || alarms.length < limit ? {} : { next: last.id }) };
  },
};
