import { toolOf, type McpCall } from '../../model/call.ts';
import { widen, type Answered } from '../../model/exchange.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { ToolCatalog } from '../../ports/catalog.ts';
import type { Handles } from '../../ports/handles.ts';
import type { ToolPins } from '../../ports/tool-pins.ts';
import type { ToolFacts } from '../../ports/upstream.ts';

/** Looks at each answer that passes, before it is narrowed. */
export type Follow = (message: JsonObject) => void;

const claimsOf = ({ annotations }: JsonObject): Omit<ToolFacts, 'name'> => {
  const hints = isJsonObject(annotations) ? annotations : {};
  return { readOnly: hints['readOnlyHint'] === true, ...(hints['destructiveHint'] === false ? { destructive: false } : {}) };
};

const toolsIn = (result: JsonObject): readonly ToolFacts[] => {
  const { tools } = result;
  if (!Array.isArray(tools)) return [];
  return tools.flatMap((tool: JsonValue) => (isJsonObject(tool) && typeof tool['name'] === 'string' ? [{ name: tool['name'], ...claimsOf(tool) }] : []));
};

/** A task's id stands in the result itself (2026 extension) or under `task` (2025-11-25). */
const taskIdIn = (result: JsonObject): JsonValue | undefined => (isJsonObject(result['task']) ? result['task']['taskId'] : result['taskId']);

/** A list may come as the answer to a call for it, and in the older revisions also on another stream, which may be taken up again. */
const mayList = (call: McpCall): boolean => call.kind !== 'request' || call.method === 'tools/list';

/** Binds the state and task handles of a result to the credential that received them, and learns what tools claim to be and
 * whether they have changed. */
export const followResult =
  (answered: Answered, { handles, catalog, pins }: { readonly handles: Handles; readonly catalog: ToolCatalog; readonly pins: Pick<ToolPins, 'look'> }): Follow =>
  (message) => {
    const { result } = message;
    if (!isJsonObject(result)) return;
    const { route, principal, call } = answered;
    if (result['isError'] === true && toolOf(call) !== undefined) widen(answered, { toolError: true });
    const owner = { server: route.server, credentialId: principal.credentialId };
    const state = result['requestState'];
    if (typeof state === 'string') handles.bind('state', state, owner);
    const task = taskIdIn(result);
    if (typeof task === 'string') handles.bind('task', task, owner);
    const { tools: listed } = result;
    if (mayList(call) && Array.isArray(listed)) pins.look(route.server, listed, typeof result['nextCursor'] !== 'string');
    const tools = toolsIn(result);
    if (tools.length > 0) catalog.learn(route.server, tools);
  };
