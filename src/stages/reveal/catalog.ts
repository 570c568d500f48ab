import type { ToolCatalog } from '../../ports/catalog.ts';
import type { ToolFacts } from '../../ports/upstream.ts';

/** Tools by server, learned from the probe and from lists that pass by. */
export class LearnedCatalog implements ToolCatalog {
  readonly #readOnly = new Map<string, Map<string, boolean>>();

  learn(server: string, tools: readonly ToolFacts[]): void {
    const known = this.#readOnly.get(server) ?? new Map<string, boolean>();
    for (const tool of tools) known.set(tool.name, tool.readOnly);
    this.#readOnly.set(server, known);
  }

  isReadOnly(server: string, tool: string): boolean {
    return this.#readOnly.get(server)?.get(tool) === true;
  }
}
