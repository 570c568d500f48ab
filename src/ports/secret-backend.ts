/** A keeper of secrets that a reference such as `vault:kv/mcp#token` names; it is asked by running its own program. */
export interface SecretBackend {
  /** What stands before the colon. */
  readonly scheme: string;
  /** A reference as people write it, for messages and docs. */
  readonly example: string;
  /** Who is asked for what, for the docs. */
  readonly asks: string;
  /** Which variables of the gateway's environment its program needs besides PATH, HOME and the like: names, or beginnings that end in `_`. */
  readonly variables: readonly string[];
  /**
   * The program and its arguments for what stands behind the colon; no shell reads them.
   * @returns why the reference cannot be used, in words, when it cannot
   */
  commandFor(reference: string): readonly [program: string, ...args: string[]] | string;
  /**
   * The program and its arguments that keep what is on their stdin under a reference; absent where the program takes a secret as an argument only,
   * which every process could see.
   * @returns why it cannot, in words, when it cannot
   */
  storeCommandFor?(reference: string): readonly [program: string, ...args: string[]] | string;
  /** The secret in what the program printed, where that is not all of it; undefined when it is not in there. */
  pick?(printed: string, reference: string): string | undefined;
}
