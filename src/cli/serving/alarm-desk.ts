import type { Config } from '../../config/schema.ts';
import type { Alarm } from '../../model/alarm.ts';
import type { AuditEvent } from '../../model/audit-event.ts';
import { DAY_MS, durationMs } from '../../model/duration.ts';
import type { Store } from '../../ports/store.ts';
import type { World } from '../../ports/world.ts';
import { AlarmRegister } from '../../watch/alarm-register.ts';
import { AlarmTellers } from '../../watch/alarm-tellers.ts';
import { UsageWatch } from '../../watch/usage-watch.ts';

/** How often it is looked at what came since the last look, and how often what was learned is written: so much is lost when the process is killed. */
const LOOK_MS = 15_000;
const SAVE_MS = 60_000;

export interface AlarmDeskNeeds {
  readonly store: Store;
  readonly world: Pick<World, 'clock' | 'random' | 'log'>;
  readonly config: () => Config;
}

/** Where a running gateway raises alarms, and from where they are told. */
export class AlarmDesk {
  readonly register: AlarmRegister;
  readonly tellers: AlarmTellers;
  readonly #needs: AlarmDeskNeeds;
  readonly #usage: UsageWatch;

  constructor(needs: AlarmDeskNeeds) {
    const { store, world } = needs;
    this.#needs = needs;
    this.tellers = new AlarmTellers(world);
    this.register = new AlarmRegister(store.alarms, world, (alarm) => this.#tell(alarm));
    this.#usage = new UsageWatch({ ...world, store: store.baselines, register: this.register });
  }

  /** Takes a closed record: a count in memory. */
  observe(event: AuditEvent): void {
    this.#usage.observe(event);
  }

  /** Looks now and then. @returns what ends that */
  begin(): readonly (() => void)[] {
    const { clock } = this.#needs.world;
    return [clock.every(LOOK_MS, () => this.#guarded(() => this.#look())), clock.every(SAVE_MS, () => this.#usage.save())];
  }

  /** Looks a last time, and writes what was learned. */
  close(): void {
    this.#guarded(() => this.#look());
    this.#usage.save();
    this.tellers.close();
  }

  #look(): void {
    const { enabled, learn } = this.#needs.config().alarms.usage;
    this.#usage.look({ learnDays: enabled ? Math.round((durationMs(learn) ?? DAY_MS) / DAY_MS) : Number.POSITIVE_INFINITY });
  }

  /** An alarm that cannot be raised must not end the gateway that it is about. */
  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#needs.world.log.error('alarms could not be looked after; it is tried again', { error });
    }
  }

  #tell(alarm: Alarm): void {
    const { id, name, words, cures } = alarm;
    this.#needs.world.log.warn(words, { alarm: name, id, next: cures });
    this.tellers.tell(alarm);
  }
}
