import type { Config } from '../../../config/schema.ts';
import { overWords, type Alarm } from '../../../model/alarm.ts';
import type { AuditEvent } from '../../../model/audit-event.ts';
import { DAY_MS, durationMs, HOUR_MS } from '../../../model/duration.ts';
import type { Store } from '../../../ports/store.ts';
import type { World } from '../../../ports/world.ts';
import { AlarmRegister } from '../../../watch/alarm-register.ts';
import { AlarmTellers } from '../../../watch/alarm-tellers.ts';
import { EndWatch } from '../../../watch/end-watch.ts';
import type { EndFacts, StateFacts } from '../../../watch/house-facts.ts';
import { HouseWatch } from '../../../watch/house-watch.ts';
import { UsualThrottle } from '../../../watch/call-throttle.ts';
import type { Rules } from '../../../watch/signs.ts';
import { UsageWatch } from '../../../watch/usage-watch.ts';

/** How often it is looked at what came since the last look, and how often what was learned is written: so much is lost when the process is killed. */
const LOOK_MS = 15_000;
const SAVE_MS = 60_000;
/** How often it is asked what operations have said of alarms: a look at an index that is nearly always empty. */
const HANDED_MS = 2_000;
/** How often a few records of the trail are proven, which takes about a millisecond, and how many: a million of them in an hour and a half. */
const PATROL_MS = 500;
const PATROL_RECORDS = 100;

const SAID: ReadonlySet<string> = new Set(['certificate.expiring', 'key.rotation-due']);

export interface AlarmDeskNeeds {
  readonly store: Store;
  readonly world: Pick<World, 'clock' | 'random' | 'log'>;
  readonly config: () => Config;
  /** Proves the next so many records of the trail. @returns what is wrong with them */
  readonly patrol: { look(most: number): string | undefined };
  /** Told of every alarm that is raised or gets worse. */
  readonly onAlarm: (alarm: Alarm) => void;
  /** What is to be said of the gateway itself. */
  readonly facts: { readonly state: () => StateFacts; readonly ends: () => EndFacts };
}

/** Where a running gateway raises alarms, and from where they are told. */
export class AlarmDesk {
  readonly register: AlarmRegister;
  readonly tellers: AlarmTellers;
  readonly throttle: UsualThrottle;
  readonly #needs: AlarmDeskNeeds;
  readonly #usage: UsageWatch;
  readonly #house: HouseWatch;
  readonly #ends: EndWatch;
  /** Until then nothing is proven: what is broken stays so, and one word of it an hour is enough. */
  #patrolFromMs = Number.NEGATIVE_INFINITY;

  constructor(needs: AlarmDeskNeeds) {
    const { store, world } = needs;
    this.#needs = needs;
    this.tellers = new AlarmTellers(world);
    this.register = new AlarmRegister(store.alarms, world, (alarm) => this.#tell(alarm));
    this.throttle = new UsualThrottle(world.clock, (holder) => this.#guarded(() => this.#usage.meet(holder, this.#rules)));
    this.#usage = new UsageWatch({ ...world, store: store.baselines, register: this.register, throttle: this.throttle });
    this.#house = new HouseWatch(this.register, world.clock);
    this.#ends = new EndWatch(this.register, world.clock);
  }

  /** Takes a closed record: a count in memory. */
  observe(event: AuditEvent): void {
    this.#usage.observe(event);
    this.#house.observe(event);
  }

  /** Counts a TLS handshake that was closed. */
  refusedHandshake(address: string): void {
    this.#house.refusedHandshake(address);
  }

  /** Looks now and then. @returns what ends that */
  begin(): readonly (() => void)[] {
    const { clock } = this.#needs.world;
    this.#guarded(() => this.#ends.look(this.#needs.facts.ends()));
    this.#guarded(() => this.register.tellHanded());
    return [
      clock.every(PATROL_MS, () => this.#guarded(() => this.#patrol())),
      clock.every(HOUR_MS, () => this.#guarded(() => this.#ends.look(this.#needs.facts.ends()))),
      clock.every(HANDED_MS, () => this.#guarded(() => this.register.tellHanded())),
      clock.every(LOOK_MS, () => this.#guarded(() => this.#look())),
      clock.every(SAVE_MS, () => this.#usage.save()),
    ];
  }

  /** Looks a last time, and writes what was learned. */
  close(): void {
    this.#guarded(() => this.#look());
    this.#usage.save();
    this.tellers.close();
  }

  #patrol(): void {
    const nowMs = this.#needs.world.clock.monotonicMs();
    const fault = nowMs < this.#patrolFromMs ? undefined : this.#needs.patrol.look(PATROL_RECORDS);
    if (fault === undefined) return;
    this.#patrolFromMs = nowMs + HOUR_MS;
    this.#house.chainBroken(fault);
  }

  #look(): void {
    this.#house.look(this.#needs.facts.state());
    this.#usage.look(this.#rules);
  }

  get #rules(): Rules & { readonly throttle: boolean } {
    const { usage: { enabled, learn }, throttle } = this.#needs.config().alarms;
    return { throttle, learnDays: enabled ? Math.round((durationMs(learn) ?? DAY_MS) / DAY_MS) : Number.POSITIVE_INFINITY };
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
    if (alarm.state !== 'open') this.#needs.world.log.info(overWords(alarm), { alarm: name, id });
    // Of what ends the log has been told (expiry-notices.ts).
    else if (!SAID.has(name)) this.#needs.world.log.warn(words, { alarm: name, id, next: cures });
    this.tellers.tell(alarm);
    if (alarm.state === 'open') this.#needs.onAlarm(alarm);
  }
}
