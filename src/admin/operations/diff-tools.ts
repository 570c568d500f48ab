import { z } from 'zod';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { changesBetween } from '../../model/tool-definition.ts';
import type { Operation } from '../../ports/operation.ts';
import type { SeenTool, ToolPin } from '../../ports/tool-pins.ts';
import type { AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';
import { waitingTools } from '../waiting-tools.ts';

const input = z.strictObject({
  server: z.string().min(1),
  /** Without it, every tool of the server that waits. */
  tool: z.string().min(1).exactOptional(),
});

/** What is different about one tool. */
export interface ToolDifference {
  readonly server: string;
  readonly tool: string;
  readonly isNew: boolean;
  /** What the server says now; `tools accept` takes it to accept this and nothing later. */
  readonly digest: string;
  readonly sinceMs: number;
  /** One sentence for each member. */
  readonly changes: readonly string[];
}

const definitionOf = (seen: SeenTool | undefined): JsonObject => {
  const value: unknown = seen === undefined || seen.definition === '' ? {} : JSON.parse(seen.definition);
  return isJsonObject(value) ? value : {};
};

const tooLarge = ({ accepted, pending }: ToolPin): boolean => accepted?.definition === '' || pending?.definition === '';

const changesOf = (pin: ToolPin): readonly string[] =>
  tooLarge(pin) ? ['the definition is larger than 64 KiB, so only its digest was kept'] : changesBetween(definitionOf(pin.accepted), definitionOf(pin.pending));

const toDifference = (pin: ToolPin): ToolDifference => ({
  server: pin.server,
  tool: pin.tool,
  isNew: pin.accepted === undefined,
  digest: pin.pending?.digest ?? '',
  sinceMs: pin.pending?.atMs ?? 0,
  changes: changesOf(pin),
});

/** Says in words what has changed about the tools that wait. */
export const diffTools: Operation<'tools diff', z.input<typeof input>, { readonly differences: readonly ToolDifference[] }, AdminNeeds> = {
  name: 'tools diff',
  summary: 'show what has changed about the tools that wait to be accepted',
  input,
  permission: 'admin:tools',
  http: { method: 'GET', path: '/api/tools/diff' },
  run(raw, { store }) {
    const { server, tool } = readInput(input, raw);
    return { differences: waitingTools(store.toolPins, server, tool).map(toDifference) };
  },
};
