import type { PolicyText } from './policy.ts';

/** What was in force from a time on: the policy and what it says of people. */
export interface PastPolicy extends PolicyText {
  readonly people: Readonly<Record<string, { readonly roles?: readonly string[] | undefined; readonly permissions?: readonly string[] | undefined; readonly disabled?: boolean | undefined }>>;
}

/** The policies of the past, for whoever asks what could be done then. */
export interface PolicyHistory {
  /** Keeps what comes into force; the same again is kept once. */
  keep(policy: PastPolicy, atMs: number): void;
  /** What was in force at a time; where none is known of it, the first that is, and from when it was. */
  at(ms: number): { readonly policy: PastPolicy; readonly sinceMs: number } | undefined;
}
