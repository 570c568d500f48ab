import { z } from 'zod';
import type { Operation } from '../../ports/operation.ts';
import { NothingFound, OperationRefused, type AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

const input = z.strictObject({ channel: z.string().min(1).max(64) });

/** Sends a message to a channel that says it is a trial: an alarm that nobody gets is none. */
export const testAlarms: Operation<'alarms test', z.input<typeof input>, { readonly channel: string }, AdminNeeds> = {
  name: 'alarms test',
  summary: 'send a trial to a channel, at once, and say whether it was taken',
  input,
  permission: 'admin:alarms',
  hands: () => [],
  async run(raw, { channels }) {
    const { channel } = readInput(input, raw);
    if (!channels.names.includes(channel)) throw new NothingFound(`there is no channel ${channel}: ${channels.names.length === 0 ? 'name one under alarms.channels' : `there is ${channels.names.join(', ')}`}`);
    try {
      await channels.test(channel);
    } catch (error) {
      throw new OperationRefused(`the channel ${channel} has not taken it: ${error instanceof Error ? error.message : 'unknown'}`, { cause: error });
    }
    return { channel };
  },
};
