/** How much somebody may call. What is absent is not bounded by it. */
export interface Allowance {
  /** Calls per second that last. */
  readonly perSecond?: number | undefined;
  /** Calls at once; without it, as many as one second brings. It says nothing without `perSecond`. */
  readonly burst?: number | undefined;
  /** Calls a UTC day. */
  readonly perDay?: number | undefined;
  /** Calls a UTC month. */
  readonly perMonth?: number | undefined;
  /** Calls that run at the same time. */
  readonly inFlight?: number | undefined;
}

const MEMBERS = ['perSecond', 'burst', 'perDay', 'perMonth', 'inFlight'] as const;

/** The same with its burst spelled out. */
const whole = (allowance: Allowance): Allowance =>
  allowance.perSecond === undefined ? allowance : { ...allowance, burst: allowance.burst ?? Math.max(1, Math.ceil(allowance.perSecond)) };

/** The tighter of two in each member: what is added can take away and never give. */
export const tighten = (one: Allowance, other: Allowance | undefined): Allowance => {
  const [mine, theirs] = [whole(one), whole(other ?? {})];
  const members = MEMBERS.flatMap((member) => {
    const bound = Math.min(mine[member] ?? Number.POSITIVE_INFINITY, theirs[member] ?? Number.POSITIVE_INFINITY);
    return bound === Number.POSITIVE_INFINITY ? [] : [[member, bound] as const];
  });
  return Object.fromEntries(members);
};
