import type { ToolFacts } from './upstream.ts';

/** What is known of a server's tools: claimed by the server, used only to tell reads from writes. */
export interface ToolCatalog {
  learn(server: string, tools: readonly ToolFacts[]): void;
  /** True only when the server has claimed the tool to be read-only; the unknown counts as a write. */
  isReadOnly(server: string, tool: string): boolean;
}
