import type { Ending, Expiring } from '../model/expiring.ts';
import type { Failing } from '../model/failing.ts';
import type { SinkState } from '../model/sink-state.ts';

/** What is known of the gateway itself at any time. */
export interface StateFacts {
  readonly sinks: readonly SinkState[];
  readonly failing: readonly Failing[];
  /** Whether a key is in quarantine, and no other has taken over from it. */
  readonly isQuarantined: (keyId: string) => boolean;
}

/** What ends, and when: days away, and so asked for once an hour. */
export interface EndFacts {
  /** Certificates, and lists of revoked ones. */
  readonly certificates: readonly Expiring[];
  /** Keys by their own date; the name is the id. */
  readonly keys: readonly Ending[];
  /** Tokens that nobody refreshes: those of callers, and the gateway's own. */
  readonly tokens: readonly Ending[];
  /** Keys that their class wants rotated. */
  readonly due: readonly { readonly id: string; readonly name: string; readonly owner: string }[];
}
