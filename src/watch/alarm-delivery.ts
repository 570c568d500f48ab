import { LOUD, type Alarm } from '../model/alarm.ts';
import type { AlarmChannel } from '../ports/alarm-channel.ts';
import type { World } from '../ports/world.ts';

const MINUTE_MS = 60_000;
/** So many wait for a channel; past them the oldest are left out, and the list of alarms has them. */
const MOST_WAITING = 100;
/** So many in a row, and then one a minute. */
const BURST = 10;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 5 * MINUTE_MS;

export interface DeliverySettings {
  readonly name: string;
  readonly channel: AlarmChannel;
  /** Whether it is a quiet hour. */
  readonly isQuiet: (nowMs: number) => boolean;
}

/** Tells one channel of alarms: in their order, not faster than people read, tried again until they are taken; what comes in quiet hours is told after them. */
export class AlarmDelivery {
  readonly #settings: DeliverySettings;
  readonly #world: Pick<World, 'clock' | 'log'>;
  #waiting: Alarm[] = [];
  #left = 0;
  #tokens = BURST;
  #filledMs: number;
  #tries = 0;
  #isBusy = false;
  #closed = false;
  #cancel: (() => void) | undefined;

  constructor(settings: DeliverySettings, world: Pick<World, 'clock' | 'log'>) {
    [this.#settings, this.#world] = [settings, world];
    this.#filledMs = world.clock.monotonicMs();
  }

  /** What was not told yet. */
  get waiting(): readonly Alarm[] {
    return this.#waiting;
  }

  /** Takes an alarm; one that waits already gives way to what is said of it now. */
  tell(alarm: Alarm): void {
    this.#waiting = [...this.#waiting.filter(({ id }) => id !== alarm.id), alarm];
    if (this.#waiting.length > MOST_WAITING) {
      this.#waiting.shift();
      this.#left += 1;
      if (this.#left === 1) this.#world.log.warn('a channel has too many alarms waiting, and the oldest are left out: "sallyport alarms list" has them', { channel: this.#settings.name });
    }
    this.#next();
  }

  /** Sends nothing more. */
  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  #wait(ms: number): void {
    this.#cancel?.();
    this.#cancel = this.#world.clock.after(ms, () => {
      this.#cancel = undefined;
      this.#next();
    });
  }

  /** The first that may be told now. */
  #pick(): Alarm | undefined {
    const isQuiet = this.#settings.isQuiet(this.#world.clock.nowMs());
    return this.#waiting.find(({ name }) => !isQuiet || LOUD.has(name));
  }

  #mayTell(): boolean {
    const nowMs = this.#world.clock.monotonicMs();
    const filled = Math.floor((nowMs - this.#filledMs) / MINUTE_MS);
    this.#tokens = Math.min(BURST, this.#tokens + filled);
    this.#filledMs += filled * MINUTE_MS;
    return this.#tokens > 0;
  }

  #next(): void {
    if (this.#isBusy || this.#closed || this.#waiting.length === 0 || (this.#tries > 0 && this.#cancel !== undefined)) return;
    const alarm = this.#pick();
    if (alarm === undefined || (!this.#mayTell() && !LOUD.has(alarm.name))) {
      this.#wait(MINUTE_MS);
      return;
    }
    this.#isBusy = true;
    void this.#send(alarm);
  }

  async #send(alarm: Alarm): Promise<void> {
    try {
      await this.#settings.channel.send(alarm);
      this.#waiting = this.#waiting.filter((one) => one !== alarm);
      this.#tokens = Math.max(0, this.#tokens - 1);
      this.#tries = 0;
      this.#isBusy = false;
      this.#next();
    } catch (error) {
      const retryMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#tries);
      if (this.#tries === 0) this.#world.log.error('an alarm could not be told, and is tried again: "sallyport alarms test" says why', { channel: this.#settings.name, id: alarm.id, reason: error instanceof Error ? error.message : 'unknown' });
      this.#tries += 1;
      this.#isBusy = false;
      if (!this.#closed) this.#wait(retryMs);
    }
  }
}
