/** Where in the trail. */
export interface Place {
  /** The row of the table, where there is one. */
  readonly position?: number;
  /** The chain and the number in it. */
  readonly writer?: string;
  readonly seq?: number;
}

/** The first record that is not as it was written, or the place where one is missing. */
export interface Fault extends Place {
  /** In words. */
  readonly what: string;
}

/** Thrown to leave: the first fault ends the verification. */
export class Found extends Error {
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.what);
    this.fault = fault;
  }
}
