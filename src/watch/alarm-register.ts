import { EXPECTED_DAYS, type Alarm, type AlarmName, type Evidence } from '../model/alarm.ts';
import { DAY_MS } from '../model/duration.ts';
import type { AlarmStore } from '../ports/alarm-store.ts';
import type { World } from '../ports/world.ts';

/** What is found to be the matter. */
export interface Raise extends Pick<Alarm, 'name' | 'subject' | 'step' | 'words' | 'evidence'> {
  /** @param id of the alarm, for the commands that answer it */
  readonly cures: (id: string) => readonly string[];
}

const MOST_EVIDENCE = 20;

/** What was said of a sign gives way to what is said now; a sign that is past stays said. */
const joined = (before: readonly Evidence[], now: readonly Evidence[]): readonly Evidence[] => {
  const rest = before.filter(({ sign }) => !now.some((one) => one.sign === sign));
  return [...rest, ...now].slice(0, MOST_EVIDENCE);
};

/** All alarms: each is told once for a subject, and once more when it gets worse. What people say of them by other processes is seen at once. */
export class AlarmRegister {
  readonly #store: AlarmStore;
  readonly #world: Pick<World, 'clock' | 'random'>;
  readonly #tell: (alarm: Alarm) => void;

  constructor(store: AlarmStore, world: Pick<World, 'clock' | 'random'>, tell: (alarm: Alarm) => void) {
    [this.#store, this.#world, this.#tell] = [store, world, tell];
  }

  /** Says that something is the matter; whoever is told hears of it only when it is new or worse. */
  raise({ name, subject, step, words, evidence, cures }: Raise): void {
    const nowMs = this.#world.clock.nowMs();
    const open = this.#store.open(name, subject);
    if (open !== undefined) {
      const worse = step > open.step;
      const alarm: Alarm = { ...open, step: Math.max(step, open.step), words: worse ? words : open.words, evidence: joined(open.evidence, evidence), lastAtMs: nowMs };
      this.#store.put(alarm);
      if (worse) this.#tell(alarm);
      return;
    }
    const id = `alm_${Buffer.from(this.#world.random.bytes(9)).toString('hex')}`;
    const alarm: Alarm = { id, name, subject, step, words, evidence: evidence.slice(0, MOST_EVIDENCE), cures: cures(id), state: 'open', raisedAtMs: nowMs, lastAtMs: nowMs };
    this.#store.put(alarm);
    this.#tell(alarm);
  }

  /** Says that it is over. */
  resolve(name: AlarmName, subject: string): void {
    const open = this.#store.open(name, subject);
    if (open !== undefined) this.#store.put({ ...open, state: 'resolved', closed: { atMs: this.#world.clock.nowMs() } });
  }

  /** Ends alarms of a name that have not shown for a time. */
  resolveQuiet(name: AlarmName, forMs: number): void {
    for (const alarm of this.#store.quiet(name, this.#world.clock.nowMs() - forMs)) this.resolve(name, alarm.subject);
  }

  /** The signs that somebody has said are expected of a subject. */
  expected(name: AlarmName, subject: string): ReadonlySet<string> {
    const sinceMs = this.#world.clock.nowMs() - EXPECTED_DAYS * DAY_MS;
    return new Set(this.#store.expected(name, subject, sinceMs).flatMap(({ evidence }) => evidence.map(({ sign }) => sign)));
  }
}
