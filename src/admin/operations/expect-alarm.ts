import type { z } from 'zod';
import type { Alarm } from '../../model/alarm.ts';
import type { Operation } from '../../ports/operation.ts';
import { alarmInput, closeAlarm } from '../alarms/close-alarm.ts';
import type { AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

/** Says that what raised an alarm is as it should be: it is learned, and raises none meanwhile. */
export const expectAlarm: Operation<'alarms expect', z.input<typeof alarmInput>, { readonly alarm: Alarm }, AdminNeeds> = {
  name: 'alarms expect',
  summary: 'say that what raised an alarm is expected: it becomes usual, and raises none for fourteen days',
  input: alarmInput,
  permission: 'admin:alarms',
  hands: () => [],
  touched: ({ alarm }) => [alarm.id],
  run: (raw, needs, by) => ({ alarm: closeAlarm(readInput(alarmInput, raw).id, 'expected', { needs, by }) }),
};
