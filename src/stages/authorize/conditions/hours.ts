import { z } from 'zod';
import { compileHours, isTimeZone, sayHours, sayWallTime, wallClock, WEEKDAYS, type Hours } from '../../../model/hours.ts';
import type { ConditionKind } from './condition.ts';

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is not a time of day: write it as "09:00", in quotes');

const options: z.ZodType<Hours> = z
  .strictObject({
    from: time.describe('The first minute.'),
    to: time.describe('The minute after the last; earlier than `from` it is that of the next day.'),
    days: z.array(z.enum(WEEKDAYS)).min(1).optional().describe('Days on which the hours begin.'),
    zone: z.string().refine(isTimeZone, { message: 'is not a time zone: write its IANA name, such as Europe/Berlin or UTC' }).describe('IANA name of the time zone.'),
  })
  .refine(({ from, to }) => from !== to, { message: 'from and to are the same: leave hours out, or name days from 00:00 to 23:59' });

/** Hours of the week, as a clock on the wall of the zone shows them (Q05, R63). */
export const hours: ConditionKind<'hours', Hours> = {
  name: 'hours',
  options,
  build(asked) {
    const within = compileHours(asked);
    const clock = wallClock(asked.zone);
    return { holds: ({ nowMs }) => within(nowMs), why: ({ nowMs }) => `hours: ${sayHours(asked)}; it was ${sayWallTime(clock(nowMs))}` };
  },
};
