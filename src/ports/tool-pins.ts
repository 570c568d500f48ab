import type { JsonValue } from '../model/json.ts';

/** A definition of a tool as it was seen. */
export interface SeenTool {
  readonly digest: string;
  /** In canonical JSON; empty when it was too large to keep. */
  readonly definition: string;
  readonly atMs: number;
}

/** One tool of one server: what was accepted, and what the server says now where that differs. */
export interface ToolPin {
  readonly server: string;
  readonly tool: string;
  /** Absent for a new tool that waits to be accepted. */
  readonly accepted?: SeenTool;
  readonly pending?: SeenTool;
}

/** Pins at rest. */
export interface ToolPinStore {
  list(server?: string): readonly ToolPin[];
  /** Notes what servers say, all or none: a tool not known before as it stands there, of a known one only what waits. */
  note(pins: readonly ToolPin[]): void;
  /** Servers whose list of tools was once seen to its end. */
  settled(): readonly string[];
  settle(server: string): void;
  /** What waits becomes what is accepted; false when nothing, or something else than `digest`, waits. */
  accept(server: string, tool: string, digest: string): boolean;
  /** Calls `listener` after something was accepted, by this process or another. */
  onAccept(listener: () => void): () => void;
}

/** What a server may do with its tools without being asked. */
export interface PinRules {
  readonly toolChanges: 'hold' | 'warn' | 'ignore';
  readonly newTools: 'list' | 'hold';
}

/** Tools as they were accepted (attacks.md Q06). */
export interface ToolPins {
  /**
   * Looks at tools that a server lists.
   * @param last that the list ends here: what comes after it is new
   */
  look(server: string, tools: readonly JsonValue[], last: boolean): void;
  /** Whether the tool is neither listed nor called until somebody has accepted it. */
  isHeld(server: string, tool: string): boolean;
}
