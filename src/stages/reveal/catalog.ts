import type { Annotation } from '../../model/policy.ts';
import type { ToolCatalog } from '../../ports/catalog.ts';
import type { ToolFacts } from '../../ports/upstream.ts';

const claimOf = ({ readOnly, destructive }: ToolFacts): Annotation => (readOnly ? 'read-only' : destructive === false ? 'write' : 'destructive');

/** Tools by server, learned from the probe and from lists that pass by. */
export class LearnedCatalog implements ToolCatalog {
  readonly #claims = new Map<string, Map<string, Annotation>>();

  learn(server: string, tools: readonly ToolFacts[]): void {
    const known = this.#claims.get(server) ?? new Map<string, Annotation>();
    for (const tool of tools) known.set(tool.name, claimOf(tool));
    this.#claims.set(server, known);
  }

  isReadOnly(server: string, tool: string): boolean {
    return this.annotationOf(server, tool) === 'read-only';
  }

  annotationOf(server: string, tool: string): Annotation | undefined {
    return this.#claims.get(server)?.get(tool);
  }
}
