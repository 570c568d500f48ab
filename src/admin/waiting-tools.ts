import type { ToolPin, ToolPinStore } from '../ports/tool-pins.ts';
import { NothingFound, OperationRefused } from './needs.ts';

/**
 * The tools of a server that wait to be accepted, or the one that is named.
 * @throws OperationRefused when there is none
 */
export const waitingTools = (pins: ToolPinStore, server: string, tool: string | undefined): readonly ToolPin[] => {
  const known = pins.list(server);
  if (known.length === 0) throw new NothingFound(`no tool of a server ${server} was seen yet: "sallyport tools list" shows those that were`);
  if (tool !== undefined && !known.some((pin) => pin.tool === tool)) throw new NothingFound(`the server ${server} has shown no tool ${tool}: "sallyport tools list --server ${server}" shows those it has`);
  const waiting = known.filter((pin) => pin.pending !== undefined && (tool === undefined || pin.tool === tool));
  if (waiting.length === 0) throw new OperationRefused(`${tool === undefined ? `no tool of ${server} waits` : `the tool ${tool} of ${server} does not wait`}: there is nothing to accept`);
  return waiting;
};
