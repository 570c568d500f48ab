/** How it goes with one receiver of the trail. */
export interface SinkState {
  readonly sink: string;
  /** How many records it has not taken yet. */
  readonly lag: number;
  /** Further behind than its spool, or failing for minutes: the notice `sink.stalled`. */
  readonly stalled: boolean;
  /** Calls are refused until it has caught up. */
  readonly blocks: boolean;
  /** How many batches it did not take since the gateway began. */
  readonly failures: number;
  /** Since when it takes nothing, and why; absent while it does. */
  readonly failing?: { readonly sinceMs: number; readonly reason: string };
}
