import { EXPECTED_DAYS, LOUD, type Alarm, type AlarmName, type Evidence } from '../model/alarm.ts';
import { DAY_MS } from '../model/duration.ts';
import type { AlarmStore } from '../ports/alarm-store.ts';
import type { World } from '../ports/world.ts';

/** What is found to be the matter. */
export interface Raise extends Pick<Alarm, 'name' | 'subject' | 'step' | 'words' | 'evidence'> {
  /** @param id of the alarm, for the commands that answer it */
  readonly cures: (id: string) => readonly string[];
  /** It is in the list, and nobody is told unless it gets worse. */
  readonly untold?: true;
}

const MOST_EVIDENCE = 20;

/** What was said of a sign gives way to what is said now; a sign that is past stays said. */
const joined = (before: readonly Evidence[], now: readonly Evidence[]): readonly Evidence[] => {
  const rest = before.filter(({ sign }) => !now.some((one) => one.sign === sign));
  return [...rest, ...now].slice(0, MOST_EVIDENCE);
};

/** All alarms: each is told once for a subject, once more when it gets worse, and when it is over. What people say of them by other processes is seen at once. */
export class AlarmRegister {
  readonly #store: AlarmStore;
  readonly #world: Pick<World, 'clock' | 'random'>;
  readonly #tell: (alarm: Alarm) => void;

  constructor(store: AlarmStore, world: Pick<World, 'clock' | 'random'>, tell: (alarm: Alarm) => void) {
    [this.#store, this.#world, this.#tell] = [store, world, tell];
  }

  /** Says that something is the matter; whoever is told hears of it only when it is new or worse. */
  raise(raise: Raise): void {
    const { name, subject, step, words, evidence, cures, untold } = raise;
    const nowMs = this.#world.clock.nowMs();
    const open = this.#store.open(name, subject);
    if (open !== undefined) {
      const worse = step > open.step;
      const { untold: _former, ...rest } = open;
      const alarm: Alarm = { ...(worse && untold !== true ? rest : open), step: Math.max(step, open.step), words: worse ? words : open.words, evidence: joined(open.evidence, evidence), lastAtMs: nowMs };
      this.#store.put(alarm);
      if (worse && untold !== true) this.#tell(alarm);
      return;
    }
    if (this.#isExpected(raise)) return;
    const id = `alm_${Buffer.from(this.#world.random.bytes(9)).toString('hex')}`;
    const alarm: Alarm = { id, name, subject, step, words, evidence: evidence.slice(0, MOST_EVIDENCE), cures: cures(id), state: 'open', raisedAtMs: nowMs, lastAtMs: nowMs, ...(untold === true ? { untold } : {}) };
    this.#store.put(alarm);
    if (untold !== true) this.#tell(alarm);
  }

  /** Says that what an open alarm is about still shows; where there is none, none is raised. */
  show(name: AlarmName, subject: string): void {
    const open = this.#store.open(name, subject);
    if (open !== undefined) this.#store.put({ ...open, lastAtMs: this.#world.clock.nowMs() });
  }

  /** Says that it is over; whoever was told of it is told that, too. */
  resolve(name: AlarmName, subject: string): void {
    const open = this.#store.open(name, subject);
    if (open === undefined) return;
    const over: Alarm = { ...open, state: 'resolved', closed: { atMs: this.#world.clock.nowMs() } };
    this.#store.put(over);
    if (over.untold !== true) this.#tell(over);
  }

  /** Ends alarms of a name whose subject is not as it was. */
  resolveUnless(name: AlarmName, holds: (subject: string) => boolean): void {
    for (const { subject } of this.#store.quiet(name, Number.MAX_SAFE_INTEGER)) if (!holds(subject)) this.resolve(name, subject);
  }

  /** Tells of what operations have raised or closed, in whatever process. */
  tellHanded(): void {
    for (const alarm of this.#store.takeHanded()) if (alarm.untold !== true) this.#tell(alarm);
  }

  /** Ends alarms of a name that have not shown for a time. */
  resolveQuiet(name: AlarmName, forMs: number): void {
    for (const alarm of this.#store.quiet(name, this.#world.clock.nowMs() - forMs)) this.resolve(name, alarm.subject);
  }

  /** Whether somebody has said that just this is expected, and it was not less. What is told at any hour cannot be silenced by this either. */
  #isExpected({ name, subject, step, evidence }: Raise): boolean {
    if (LOUD.has(name)) return false;
    const expected = this.#expected(name, subject);
    return evidence.length > 0 && evidence.every(({ sign }) => expected.some((alarm) => alarm.step >= step && alarm.evidence.some((one) => one.sign === sign)));
  }

  #expected(name: AlarmName, subject: string): readonly Alarm[] {
    return this.#store.expected(name, subject, this.#world.clock.nowMs() - EXPECTED_DAYS * DAY_MS);
  }

  /** The signs that somebody has said are expected of a subject. */
  expected(name: AlarmName, subject: string): ReadonlySet<string> {
    return new Set(this.#expected(name, subject).flatMap(({ evidence }) => evidence.map(({ sign }) => sign)));
  }
}
