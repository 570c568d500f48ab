/** From where a credential was used, by which client program. */
export interface KeyCaller {
  readonly address: string;
  /** As the program names itself; `unknown` when it does not. */
  readonly client: string;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly calls: number;
}

export interface LastUse {
  readonly atMs: number;
  readonly address: string;
  readonly client: string;
}

/** How often a tool, resource or prompt was called. */
export interface TargetUse {
  readonly server: string;
  /** The MCP method: `tools/call`, `resources/read`, `prompts/get`. */
  readonly call: string;
  readonly target: string;
  readonly calls: number;
}

/** What one credential did since the last time it was written. */
export interface UseBatch {
  readonly credential: string;
  readonly last: LastUse;
  readonly callers: readonly KeyCaller[];
  /** Days since the epoch, UTC. */
  readonly targets: readonly (TargetUse & { readonly day: number })[];
  /** Once a day for each credential: what is older than this is forgotten. */
  readonly forget?: { readonly callersBeforeMs: number; readonly daysBefore: number };
}

/** What is known of the use of credentials. */
export interface KeyUseStore {
  /** Adds what was counted, in one transaction. */
  add(batches: readonly UseBatch[]): void;
  lastOf(credential: string): LastUse | undefined;
  /** Callers since a time, the latest first. */
  callersOf(credential: string, sinceMs: number): readonly KeyCaller[];
  /** Calls by target since a day, the most called first. */
  targetsOf(credential: string, sinceDay: number): readonly TargetUse[];
  /** Calls by day since a day. */
  daysOf(credential: string, sinceDay: number): readonly { readonly day: number; readonly calls: number }[];
  /** Remembers which tools a server has, for whoever asks beside the gateway. */
  learnTools(server: string, tools: readonly string[]): void;
  tools(): readonly { readonly server: string; readonly tools: readonly string[] }[];
}
