import type { Annotation } from '../model/policy.ts';
import type { ToolFacts } from './upstream.ts';

/** What is known of a server's tools: claimed by the server, used to tell reads from writes and by rules that ask for it. */
export interface ToolCatalog {
  learn(server: string, tools: readonly ToolFacts[]): void;
  /** True only when the server has claimed the tool to be read-only; the unknown counts as a write. */
  isReadOnly(server: string, tool: string): boolean;
  /** What the server has claimed of the tool; undefined when nothing is known of it. */
  annotationOf(server: string, tool: string): Annotation | undefined;
}
