import type { z } from 'zod';
import type { Alarm } from '../../model/alarm.ts';
import type { Operation } from '../../ports/operation.ts';
import { alarmInput, findAlarm } from '../alarms/close-alarm.ts';
import type { AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

/** Shows one alarm with its evidence. */
export const showAlarm: Operation<'alarms show', z.input<typeof alarmInput>, { readonly alarm: Alarm }, AdminNeeds> = {
  name: 'alarms show',
  summary: 'show an alarm, its evidence, and what can be done about it',
  input: alarmInput,
  permission: 'admin:alarms',
  run: (raw, needs) => ({ alarm: findAlarm(needs, readInput(alarmInput, raw).id) }),
};
