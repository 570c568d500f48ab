import type { AuditEvent } from '../model/audit-event.ts';
import { DAY_MS, HOUR_MS } from '../model/duration.ts';
import { NO_IDENTITY } from '../model/principal.ts';
import type { BaselineStore } from '../ports/alarm-store.ts';
import type { World } from '../ports/world.ts';
import type { AlarmRegister } from './alarm-register.ts';
import type { Ceiling, UsualThrottle } from './call-throttle.ts';
import { beginBaseline, dayOf, learn, moveTo, readBaseline, type Baseline } from './baseline.ts';
import { isOddHour, newSigns } from './new-signs.ts';
import { boundsUnder, ceilingsOf, grownSigns, heldBackSign, STEP, type Rules, type Sign } from './signs.ts';
import { UsageCounter, type Sample } from './usage-counter.ts';

/** So many holders are at hand; others are read when they are seen again. */
const MOST_AT_HAND = 2_000;
const FORGET_DAYS = 90;
/** An alarm about use is over when nothing was unusual for a day. */
const QUIET_MS = DAY_MS;

const NAME = 'usage.unusual';

/** Whom an alarm is about. */
type Holder = Pick<Sample, 'holder' | 'who' | 'name' | 'credential' | 'method'>;

const whoOf = ({ who, name, credential }: Holder): string => (who === NO_IDENTITY ? `the key "${name}" (${credential})` : `${who} by "${name}" (${credential})`);

const curesOf = ({ who, credential, method }: Holder, id: string): readonly string[] => {
  const ofKey = [`sallyport keys disable ${credential}`, `sallyport keys rotate ${credential}`];
  const ofPerson = [`sallyport people disable ${JSON.stringify(who)}`];
  return [...(method === 'api-key' ? ofKey : ofPerson), `sallyport alarms expect ${id}`];
};

/** Who expects more calls of one tool expects that there are more of all together. */
const isInSum = (sign: string, known: ReadonlySet<string>): boolean => (sign === 'volume ' || sign === 'growth ') && [...known].some((one) => /^(?:volume|growth) /.test(one));

/** Who expects an outburst expects that it becomes more, and the other way round. */
const twinOf = (sign: string): string => (sign.startsWith('volume ') ? sign.replace('volume ', 'growth ') : sign.replace('growth ', 'volume '));

export interface UsageNeeds extends Pick<World, 'clock' | 'log'> {
  readonly store: BaselineStore;
  /** Told what is usual, where callers are held to it. */
  readonly throttle: UsualThrottle;
  readonly register: Pick<AlarmRegister, 'raise' | 'expected' | 'show' | 'resolveQuiet'>;
}

/** Learns what is usual of everybody who calls, and says when something is not. */
export class UsageWatch {
  readonly #needs: UsageNeeds;
  readonly #counter = new UsageCounter();
  readonly #known = new Map<string, Baseline>();
  readonly #dirty = new Set<string>();
  #sweptDay = 0;
  #sweptHour = 0;

  constructor(needs: UsageNeeds) {
    this.#needs = needs;
  }

  /** Takes a closed record: a count in memory. */
  observe(event: AuditEvent): void {
    this.#counter.observe(event);
  }

  /** Judges and learns what came since the last look. */
  look(rules: Rules & { readonly throttle: boolean }): void {
    const nowMs = this.#needs.clock.nowMs();
    if (rules.throttle) this.#lookAtHeldBack();
    else this.#needs.throttle.clear();
    for (const sample of this.#counter.take()) this.#judge(sample, nowMs, rules);
    const hour = Math.floor(nowMs / HOUR_MS);
    if (hour === this.#sweptHour) return;
    this.#sweptHour = hour;
    this.#needs.register.resolveQuiet(NAME, QUIET_MS);
  }

  /** Says what is usual of somebody who has just come, and was not seen by this process yet. */
  meet(holder: string, rules: Rules): void {
    const nowMs = this.#needs.clock.nowMs();
    const [baseline, isExpected] = [this.#baselineOf(holder, nowMs), this.#expected(holder)];
    moveTo(baseline, nowMs, boundsUnder(rules, dayOf(nowMs), isExpected));
    this.#holdBack(holder, baseline, { rules, isExpected });
  }

  /** Writes what was learned; what cannot be written is kept and tried again. */
  save(): void {
    const rows = [...this.#dirty].flatMap((holder) => {
      const baseline = this.#known.get(holder);
      return baseline === undefined ? [] : [{ holder, day: baseline.day, record: JSON.stringify(baseline) }];
    });
    const day = dayOf(this.#needs.clock.nowMs());
    try {
      if (rows.length > 0) this.#needs.store.write(rows);
      if (day !== this.#sweptDay) this.#needs.store.forget(day - FORGET_DAYS);
    } catch (error) {
      this.#needs.log.error('what is usual of callers could not be written; it is kept and tried again', { error });
      return;
    }
    this.#sweptDay = day;
    this.#dirty.clear();
    for (const holder of this.#known.keys()) {
      if (this.#known.size <= MOST_AT_HAND) break;
      this.#known.delete(holder);
    }
  }

  /** Whoever was held back since the last look: until somebody says that it is expected. */
  #lookAtHeldBack(): void {
    const { throttle } = this.#needs;
    for (const held of throttle.takeHeldBack()) {
      const { holder, tool, principal: { subject, name, credentialId, method } } = held;
      const sign = heldBackSign(held);
      if (this.#expected(holder)(sign.sign)) throttle.release(holder, tool);
      else this.#raise({ holder, who: subject, name, credential: credentialId, method }, [sign]);
    }
  }

  /** What is used up and expected is not held back. */
  #holdBack(holder: string, baseline: Baseline, { rules, isExpected }: { readonly rules: Rules; readonly isExpected: (sign: string) => boolean }): void {
    const passes = ({ tool, day, hour, today, thisHour }: Ceiling): boolean => (today >= day || thisHour >= hour) && isExpected(`volume ${tool}`);
    this.#needs.throttle.follow(holder, ceilingsOf(baseline, rules).filter((ceiling) => !passes(ceiling)));
  }

  #judge(sample: Sample, nowMs: number, rules: Rules & { readonly throttle: boolean }): void {
    const baseline = this.#baselineOf(sample.holder, nowMs);
    const isExpected = this.#expected(sample.holder);
    moveTo(baseline, nowMs, boundsUnder(rules, dayOf(nowMs), isExpected));
    const fresh = newSigns(baseline, sample, { atMs: nowMs, rules });
    learn(baseline, sample, { atMs: nowMs, oddHour: baseline.activeDays > 2 && isOddHour(baseline, nowMs) });
    if (rules.throttle) this.#holdBack(sample.holder, baseline, { rules, isExpected });
    this.#dirty.add(sample.holder);
    const signs = [...grownSigns(baseline, rules), ...fresh].filter(({ sign }) => !isExpected(sign));
    if (signs.some(({ again }) => again !== true)) this.#raise(sample, signs);
    else if (signs.length > 0) this.#needs.register.show(NAME, sample.holder);
  }

  /** Asked of the store only where something is odd, or a day has ended. */
  #expected(holder: string): (sign: string) => boolean {
    let known: ReadonlySet<string> | undefined;
    return (sign) => (known ??= this.#needs.register.expected(NAME, holder)).has(sign) || known.has(twinOf(sign)) || isInSum(sign, known);
  }

  #raise(sample: Holder, signs: readonly Sign[]): void {
    const step = Math.max(...signs.map((sign) => sign.step));
    const [first, ...more] = signs.map(({ words }) => words);
    const words = `${whoOf(sample)} does what is unusual: ${first ?? ''}${more.length === 0 ? '' : `; ${more.join('; ')}`}`;
    this.#needs.register.raise({
      name: NAME, subject: sample.holder, step, words, ...(step === STEP.noted ? { untold: true as const } : {}),
      evidence: signs.map(({ sign, words: said }) => ({ sign, words: said })), cures: (id) => curesOf(sample, id),
    });
  }

  #baselineOf(holder: string, nowMs: number): Baseline {
    const known = this.#known.get(holder);
    if (known !== undefined) {
      // The least recently seen stands first.
      this.#known.delete(holder);
      this.#known.set(holder, known);
      return known;
    }
    const written = this.#needs.store.read(holder);
    const baseline = (written === undefined ? undefined : readBaseline(written)) ?? beginBaseline(nowMs);
    this.#known.set(holder, baseline);
    return baseline;
  }
}
