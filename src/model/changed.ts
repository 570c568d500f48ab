/** What an operation has made or changed: how many, and the ids of the first. */
export interface Changed {
  readonly count: number;
  readonly ids: readonly string[];
}
