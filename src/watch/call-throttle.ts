import { GatewayError } from '../errors/gateway-error.ts';
import { DAY_MS, HOUR_MS } from '../model/duration.ts';
import type { CallThrottle, Throttled } from '../ports/call-throttle.ts';
import type { Clock } from '../ports/world.ts';

const SECOND_MS = 1_000;
/** So many tools of so many holders are held at hand; whoever is not, is not held back. */
const MOST_HOLDERS = 5_000;

/** What of a tool is usual of a holder in a day and in an hour, and how much of it was used by now. */
export interface Ceiling {
  readonly tool: string;
  readonly day: number;
  readonly hour: number;
  readonly today: number;
  readonly thisHour: number;
}

/** Calls of one tool by one holder that were refused since the last look, for the alarm. */
export interface HeldBack {
  readonly holder: string;
  readonly principal: Throttled;
  readonly tool: string;
  readonly refused: number;
  readonly ceiling: number;
  readonly period: 'day' | 'hour';
}

interface Left {
  readonly day: number;
  readonly hour: number;
  dayLeft: number;
  hourLeft: number;
  dayEndsMs: number;
  hourEndsMs: number;
  refused: number;
}

const endOf = (nowMs: number, periodMs: number): number => (Math.floor(nowMs / periodMs) + 1) * periodMs;

const refreshed = (left: Left, nowMs: number): void => {
  if (nowMs >= left.hourEndsMs) [left.hourLeft, left.hourEndsMs] = [left.hour, endOf(nowMs, HOUR_MS)];
  if (nowMs >= left.dayEndsMs) [left.dayLeft, left.dayEndsMs] = [left.day, endOf(nowMs, DAY_MS)];
};

/** Which of the two is used up; the one that lasts longer, where both are. */
const usedUp = ({ dayLeft, hourLeft }: Left): 'day' | 'hour' | undefined => (dayLeft <= 0 ? 'day' : hourLeft <= 0 ? 'hour' : undefined);

const refusal = (left: Left, tool: string, period: 'day' | 'hour', nowMs: number): GatewayError => {
  const untilMs = period === 'day' ? left.dayEndsMs : left.hourEndsMs;
  const seconds = Math.max(1, Math.ceil((untilMs - nowMs) / SECOND_MS));
  const until = new Date(untilMs).toISOString();
  return new GatewayError('limit.unusual', {
    reason: `${String(left[period])} calls of ${tool} within ${period === 'day' ? 'a day' : 'an hour'} are the most that is usual of this caller`,
    detail: `This is more of ${tool} than was ever usual of this caller (${String(left[period])} calls within a UTC ${period}), so further calls of it are refused until ${until}; try again in ${String(seconds)} s.`,
    headers: { 'Retry-After': String(seconds) },
    extra: { limit: `usual-${period}`, until, retry_after_seconds: seconds, expected: 'sallyport alarms list' },
  });
};

/**
 * Refuses what is beyond the learned ceiling. A look sets what is left of each tool of each holder, from what was learned; a call takes from that, in
 * memory. It ends with the hour or the day, or when somebody says that it is expected.
 */
export class UsualThrottle implements CallThrottle {
  readonly #clock: Pick<Clock, 'nowMs' | 'after'>;
  /** Called beside the request, once for a holder of whom nothing is at hand, with what is to say what is usual of them. */
  readonly #meet: (holder: string) => void;
  readonly #met = new Set<string>();
  readonly #byHolder = new Map<string, Map<string, Left>>();
  #held = new Map<string, Pick<HeldBack, 'holder' | 'principal' | 'tool'>>();

  constructor(clock: Pick<Clock, 'nowMs' | 'after'>, meet: (holder: string) => void = () => undefined) {
    [this.#clock, this.#meet] = [clock, meet];
  }

  take(principal: Throttled, tool: string): void {
    const holder = `${principal.subject}\n${principal.name}`;
    const known = this.#byHolder.get(holder);
    if (known === undefined) return this.#first(holder);
    const left = known.get(tool);
    if (left === undefined) return;
    const nowMs = this.#clock.nowMs();
    refreshed(left, nowMs);
    const period = usedUp(left);
    if (period === undefined) {
      left.dayLeft -= 1;
      left.hourLeft -= 1;
      return;
    }
    if (left.refused === 0) this.#held.set(`${holder}\n${tool}`, { holder, principal, tool });
    left.refused += 1;
    throw refusal(left, tool, period, nowMs);
  }

  /** Takes what is usual of a holder now; a tool that is not named is not held back. */
  follow(holder: string, ceilings: readonly Ceiling[]): void {
    const nowMs = this.#clock.nowMs();
    const former = this.#byHolder.get(holder);
    this.#byHolder.delete(holder);
    const [oldest] = this.#byHolder.keys();
    if (this.#byHolder.size >= MOST_HOLDERS && oldest !== undefined) this.#byHolder.delete(oldest);
    this.#byHolder.set(holder, new Map(ceilings.map(({ tool, day, hour, today, thisHour }) => [tool, { day, hour, dayLeft: day - today, hourLeft: hour - thisHour, dayEndsMs: endOf(nowMs, DAY_MS), hourEndsMs: endOf(nowMs, HOUR_MS), refused: former?.get(tool)?.refused ?? 0 }])));
  }

  #first(holder: string): void {
    if (this.#met.has(holder)) return;
    if (this.#met.size >= MOST_HOLDERS) this.#met.clear();
    this.#met.add(holder);
    this.#clock.after(0, () => this.#meet(holder));
  }

  /** Lets a tool of a holder pass, until more is learned of it. */
  release(holder: string, tool: string): void {
    this.#byHolder.get(holder)?.delete(tool);
  }

  /** What was refused since the last time. */
  takeHeldBack(): readonly HeldBack[] {
    const held = this.#held;
    this.#held = new Map();
    return [...held.values()].flatMap(({ holder, principal, tool }) => {
      const left = this.#byHolder.get(holder)?.get(tool);
      if (left === undefined) return [];
      const [refused, period] = [left.refused, usedUp(left) ?? 'hour'];
      left.refused = 0;
      return [{ holder, principal, tool, refused, ceiling: left[period], period }];
    });
  }

  /** Holds nobody back any more. */
  clear(): void {
    this.#byHolder.clear();
    this.#met.clear();
    this.#held = new Map();
  }
}
