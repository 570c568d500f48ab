import type { AuditEvent } from '../../model/audit-event.ts';
import type { Decision } from '../../model/policy.ts';
import { decideAgain, factsOfRecord, ownThen, type Judge, type OwnPermissions } from './past-call.ts';

/** Calls alike that a draft would decide otherwise. */
export interface Difference {
  readonly becomes: 'denied' | 'allowed';
  readonly who: string;
  readonly call: string;
  readonly target?: string;
  readonly server: string;
  /** What would decide, or what is missing. */
  readonly by: string;
  readonly count: number;
  /** One of them, for `explain`. */
  readonly example: string;
}

/** What a draft would have done. */
export interface Replay {
  readonly calls: number;
  readonly differences: readonly Difference[];
  /** Calls that depend on what the record has masked, or does not hold. */
  readonly untold: number;
}

/** What was decided about permission then; undefined when it never came to that. */
const decidedThen = ({ code, rule, credential }: AuditEvent): 'allow' | 'deny' | undefined => {
  if (credential === undefined) return undefined;
  if (code === 'permission.denied' || code === 'scope.insufficient' || code === 'policy.denied') return 'deny';
  return rule === undefined ? undefined : 'allow';
};

const byOf = (decision: Decision): string => ('rule' in decision ? decision.rule : 'no permission');

/** By the draft; undefined when it cannot be told. */
const decideBy = (event: AuditEvent, judge: Judge, today: OwnPermissions): Decision | undefined => {
  // What a certificate holds the configuration knows.
  const own = event.method === 'mtls' ? [] : (ownThen(event) ?? today(event.credential ?? ''));
  const facts = factsOfRecord(event, judge, own ?? []);
  const decision = facts === undefined ? undefined : decideAgain(judge, facts);
  if (decision === undefined || decision.effect === 'unknown') return undefined;
  // Of a key that is gone it is not known whether it would have allowed what nothing else does.
  return own === undefined && decision.effect === 'deny' && decision.because !== 'rule' ? undefined : decision;
};

/** Collects what a draft would change, one record after the other. */
export class ReplayTally {
  readonly #judge: Judge;
  readonly #today: OwnPermissions;
  readonly #differences = new Map<string, Difference>();
  #calls = 0;
  #untold = 0;

  constructor(judge: Judge, today: OwnPermissions) {
    this.#judge = judge;
    this.#today = today;
  }

  add(event: AuditEvent): void {
    const then = decidedThen(event);
    if (event.type !== 'call' || then === undefined) return;
    this.#calls += 1;
    const decision = decideBy(event, this.#judge, this.#today);
    if (decision === undefined) this.#untold += 1;
    else if (decision.effect !== then) this.#note(event, decision);
  }

  result(): Replay {
    return { calls: this.#calls, differences: [...this.#differences.values()].toSorted((one, other) => other.count - one.count), untold: this.#untold };
  }

  #note(event: AuditEvent, decision: Decision): void {
    const difference = {
      becomes: decision.effect === 'allow' ? ('allowed' as const) : ('denied' as const), who: event.who ?? '', call: event.call, ...(event.target === undefined ? {} : { target: event.target }), server: event.server ?? '', by: byOf(decision),
    };
    const key = JSON.stringify(difference);
    const before = this.#differences.get(key);
    this.#differences.set(key, { ...difference, count: (before?.count ?? 0) + 1, example: before?.example ?? event.id });
  }
}

/** What the watching policy has noted, in the same form. */
export const shadowTally = (events: Iterable<AuditEvent>): Replay => {
  const found = new Map<string, Difference>();
  let calls = 0;
  for (const event of events) {
    if (event.type !== 'call' || decidedThen(event) === undefined) continue;
    calls += 1;
    if (event.shadow === undefined) continue;
    const { decision, rule } = event.shadow;
    const difference = { becomes: decision === 'allow' ? ('allowed' as const) : ('denied' as const), who: event.who ?? '', call: event.call, ...(event.target === undefined ? {} : { target: event.target }), server: event.server ?? '', by: rule ?? 'no permission' };
    const key = JSON.stringify(difference);
    const before = found.get(key);
    found.set(key, { ...difference, count: (before?.count ?? 0) + 1, example: before?.example ?? event.id });
  }
  return { calls, differences: [...found.values()].toSorted((one, other) => other.count - one.count), untold: 0 };
};
