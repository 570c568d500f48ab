import type { Denial, DenialLevel, KnownIssuer } from '../model/token/denial.ts';

/** Denials at rest. */
export interface DenialStore {
  /**
   * Adds them, all or none. One that names the same takes the place of the former, unless the former reaches further.
   * @returns what stands then, for each of them
   */
  add(denials: readonly Denial[]): readonly Denial[];
  /** Takes one back; false when there is none of this id. */
  lift(id: string): boolean;
  /** In the order they were made, after a position; what is over at `nowMs` is left out. */
  after(position: number, limit: number, nowMs: number): readonly { readonly position: number; readonly denial: Denial }[];
  /** The denial that names just this; undefined when there is none. */
  standing(level: DenialLevel, issuer: string, value: string): Denial | undefined;
  /** How often one was lifted: what is remembered of them holds, but for what came after, until this changes. */
  lifts(): number;
  /** Calls `listener` after denials have changed, whoever changed them: at once for this process, within a tenth of a second for another. */
  onChange(listener: () => void): () => void;
  /** The issuers of the configuration that last ran here. */
  readonly issuers: { list(): readonly KnownIssuer[]; replace(issuers: readonly KnownIssuer[]): void };
}
