import type { Alarm } from '../model/alarm.ts';

/** Somebody who is told of alarms. */
export interface AlarmChannel {
  /** Settles when it was taken; rejects with words that hold no secret. */
  send(alarm: Alarm): Promise<void>;
}

/** The channels of a configuration, for operations. */
export interface AlarmChannels {
  readonly names: readonly string[];
  /** Sends a message that says it is a trial, at once and past every rule. Rejects when it was not taken. */
  test(name: string): Promise<void>;
}
