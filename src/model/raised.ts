import type { Allowance } from './allowance.ts';

/** What of an allowance can be used up. */
export type Bound = 'rate' | 'day' | 'month' | 'in-flight';

type Member = keyof Allowance;

const MEMBER: Readonly<Record<Bound, Member>> = { rate: 'perSecond', day: 'perDay', month: 'perMonth', 'in-flight': 'inFlight' };

/** Which member of an allowance a bound is. */
export const memberOf = (bound: Bound): Member => MEMBER[bound];

/** An allowance as it is written in the file. */
export const inFlow = (allowance: Allowance): string => `{ ${Object.entries(allowance).flatMap(([member, value]) => (value === undefined ? [] : [`${member}: ${String(value)}`])).join(', ')} }`;

/** The allowance with one bound doubled, and with it the burst that a rate fills. */
export const doubled = (allowance: Allowance, bound: Bound): Allowance => {
  const members: readonly Member[] = bound === 'rate' ? ['perSecond', 'burst'] : [MEMBER[bound]];
  return Object.fromEntries(Object.entries(allowance).map(([member, value]) => [member, members.some((one) => one === member) ? (value ?? 0) * 2 : value]));
};
