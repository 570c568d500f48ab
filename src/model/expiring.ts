import { DAY_MS } from './duration.ts';

/** What can end: a certificate of ours, of those who issue, a list of revoked ones, a certificate of a client. */
export type ExpiringKind = 'server' | 'issuer' | 'list' | 'client';

/** Something that ends. */
export interface Expiring {
  readonly kind: ExpiringKind;
  /** Where it stands in the configuration, the path of its file, or whose it is. */
  readonly name: string;
  /** In words that begin a sentence. */
  readonly what: string;
  /** What is to be done about it, in words that end one. */
  readonly cure: string;
  readonly fromMs: number;
  readonly expiresAtMs: number;
}

/** Something else that ends. */
export type Ending = Omit<Expiring, 'kind'>;

/** By these many days before its end something is spoken of (R90). */
const STEPS = [1, 3, 10, 20, 30] as const;
/** Keys and tokens are more, and renewed within a moment. */
export const CREDENTIAL_STEPS = [1, 7, 30] as const;

type Ends = Pick<Expiring, 'fromMs' | 'expiresAtMs'>;

const daysLeft = ({ expiresAtMs }: Ends, nowMs: number): number => Math.floor((expiresAtMs - nowMs) / DAY_MS);

/** What lives for a day is renewed every day: a step that is more than a third of a life says nothing. */
const counts = ({ fromMs, expiresAtMs }: Ends, step: number): boolean => step * DAY_MS * 3 <= expiresAtMs - fromMs;

/** The last step that something has reached; undefined while it has time. */
export const stepOf = (one: Ends, nowMs: number, steps: readonly number[] = STEPS): number | undefined => {
  const left = one.expiresAtMs - nowMs;
  return left <= 0 ? 0 : steps.find((step) => counts(one, step) && left <= step * DAY_MS);
};

/** What is to be said of something that ends. */
export const expiringWords = (one: Ending, nowMs: number): string => {
  const days = daysLeft(one, nowMs);
  const when = one.expiresAtMs <= nowMs ? `has expired at ${new Date(one.expiresAtMs).toISOString()}` : `expires in ${String(days)} ${days === 1 ? 'day' : 'days'}`;
  return `${one.what} ${when}: ${one.cure}`;
};

/** Whether it ends so soon that whoever looks at a configuration should hear of it. */
export const isSoon = (one: Expiring, nowMs: number): boolean => daysLeft(one, nowMs) <= STEPS[4];
