import type { z } from 'zod';
import type { Alarm } from '../../model/alarm.ts';
import type { Operation } from '../../ports/operation.ts';
import { alarmInput, closeAlarm } from '../alarms/close-alarm.ts';
import type { AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

/** Says that an alarm was dealt with; what shows again raises another. */
export const resolveAlarm: Operation<'alarms resolve', z.input<typeof alarmInput>, { readonly alarm: Alarm }, AdminNeeds> = {
  name: 'alarms resolve',
  summary: 'say that an alarm was dealt with: what shows again raises another',
  input: alarmInput,
  permission: 'admin:alarms',
  hands: () => [],
  touched: ({ alarm }) => [alarm.id],
  run: (raw, needs, by) => ({ alarm: closeAlarm(readInput(alarmInput, raw).id, 'resolved', { needs, by }) }),
};
