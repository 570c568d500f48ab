import type { Quota } from '../model/exchange.ts';

export type Admission =
  | { readonly kind: 'admitted'; readonly quota: Quota }
  | { readonly kind: 'refused'; readonly quota: Quota; readonly retryAfterSeconds: number };

/** A rate: `perSecond` sustained, `burst` at once. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** Token buckets by name. Synchronous on one node: no waiting on the hot path. */
export interface Limiter {
  /** Takes `cost` tokens from the bucket, or says how long to wait. */
  take(bucket: string, cost: number): Admission;
  /** Looks without taking. */
  peek(bucket: string): Admission;
}

/** What authenticate tells the shield about an address that guesses (K12). */
export interface Suspicion {
  failed(address: string): void;
}
