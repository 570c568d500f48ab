import { z } from 'zod';
import type { Operation } from '../../ports/operation.ts';
import type { ToolPin } from '../../ports/tool-pins.ts';
import type { AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

export type PinState = 'accepted' | 'changed' | 'new';

/** A tool as it is pinned, without its definition. */
export interface ListedTool {
  readonly server: string;
  readonly tool: string;
  readonly state: PinState;
  /** Of what is accepted, or else of what waits. */
  readonly digest: string;
  readonly sinceMs: number;
}

const input = z.strictObject({
  server: z.string().min(1).exactOptional(),
  /** Only those that wait to be accepted. */
  waiting: z.boolean().exactOptional(),
});

const stateOf = ({ accepted, pending }: ToolPin): PinState => {
  if (accepted === undefined) return 'new';
  return pending === undefined ? 'accepted' : 'changed';
};

const toListed = (pin: ToolPin): ListedTool => {
  const seen = pin.pending ?? pin.accepted;
  return { server: pin.server, tool: pin.tool, state: stateOf(pin), digest: (pin.accepted ?? pin.pending)?.digest ?? '', sinceMs: seen?.atMs ?? 0 };
};

/** Lists the tools that were seen, and which of them wait to be accepted. */
export const listTools: Operation<'tools list', z.input<typeof input>, { readonly tools: readonly ListedTool[] }, AdminNeeds> = {
  name: 'tools list',
  summary: 'list the tools that servers have shown, and which wait to be accepted',
  input,
  permission: 'admin:tools',
  run(raw, { store }) {
    const { server, waiting } = readInput(input, raw);
    const tools = store.toolPins.list(server).map(toListed);
    return { tools: waiting === true ? tools.filter(({ state }) => state !== 'accepted') : tools };
  },
};
