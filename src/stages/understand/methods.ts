import type { Era, Primitive } from '../../model/call.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { readName, type Naming } from './read-name.ts';
import { refusal } from './refusal.ts';

/** What is to be known of a method before it may be forwarded. */
export interface Method {
  readonly eras: readonly Era[];
  /** The primitives policy must cover; throws GatewayError `rpc.params` when what names them cannot be read. */
  readonly primitives: (params: JsonObject) => readonly Primitive[];
  /** The member of `params` that `Mcp-Name` must equal in the modern era (Streamable HTTP, "Standard Request Headers"). */
  readonly named?: Naming;
}

/** Policy judges each subscribed address by itself, so their number is bounded. */
const MOST_SUBSCRIPTIONS = 1000;
const NONE: readonly Primitive[] = Object.freeze([]);

const nothing = (): readonly Primitive[] => NONE;
const tool = (params: JsonObject): readonly Primitive[] => [{ kind: 'tool', name: readName(params['name'], 'name') }];
const prompt = (params: JsonObject): readonly Primitive[] => [{ kind: 'prompt', name: readName(params['name'], 'name') }];
const resource = (params: JsonObject): readonly Primitive[] => [{ kind: 'resource', name: readName(params['uri'], 'uri') }];

/** A task has no permission of its own; that it belongs to the caller is checked where tasks are remembered. */
const task = (params: JsonObject): readonly Primitive[] => {
  readName(params['taskId'], 'taskId');
  return NONE;
};

/** Completion suggests values out of a prompt or a resource template, so it needs what reading that would need. */
const completed = ({ ref }: JsonObject): readonly Primitive[] => {
  if (!isJsonObject(ref)) throw refusal('rpc.params', 'ref is missing or not an object');
  if (ref['type'] === 'ref/prompt') return prompt(ref);
  if (ref['type'] === 'ref/resource') return resource(ref);
  throw refusal('rpc.params', 'ref.type is neither ref/prompt nor ref/resource');
};

const listOf = (filter: JsonObject, member: string): readonly JsonValue[] => {
  const list = filter[member];
  if (list === undefined) return [];
  if (!Array.isArray(list)) throw refusal('rpc.params', `notifications.${member} is not an array`);
  if (list.length > MOST_SUBSCRIPTIONS) throw refusal('rpc.params', `notifications.${member} has more than ${MOST_SUBSCRIPTIONS} entries`);
  return list;
};

const subscribed = ({ notifications }: JsonObject): readonly Primitive[] => {
  if (!isJsonObject(notifications)) throw refusal('rpc.params', 'notifications is missing or not an object');
  for (const taskId of listOf(notifications, 'taskIds')) task({ taskId });
  return listOf(notifications, 'resourceSubscriptions').flatMap((uri) => resource({ uri }));
};

const BOTH: readonly Era[] = ['legacy', 'modern'];
const LEGACY: readonly Era[] = ['legacy'];
const MODERN: readonly Era[] = ['modern'];

/** Every request a client may send in MCP 2025-06-18, 2025-11-25 and 2026-07-28, and in the tasks extension (SEP-2663). */
const REQUESTS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ['tools/call', { eras: BOTH, primitives: tool, named: 'name' }],
  ['tools/list', { eras: BOTH, primitives: nothing }],
  ['prompts/get', { eras: BOTH, primitives: prompt, named: 'name' }],
  ['prompts/list', { eras: BOTH, primitives: nothing }],
  ['resources/read', { eras: BOTH, primitives: resource, named: 'uri' }],
  ['resources/list', { eras: BOTH, primitives: nothing }],
  ['resources/templates/list', { eras: BOTH, primitives: nothing }],
  ['completion/complete', { eras: BOTH, primitives: completed }],
  ['tasks/get', { eras: BOTH, primitives: task, named: 'taskId' }],
  ['tasks/cancel', { eras: BOTH, primitives: task, named: 'taskId' }],
  ['tasks/update', { eras: MODERN, primitives: task, named: 'taskId' }],
  ['server/discover', { eras: MODERN, primitives: nothing }],
  ['subscriptions/listen', { eras: MODERN, primitives: subscribed }],
  ['initialize', { eras: LEGACY, primitives: nothing }],
  ['ping', { eras: LEGACY, primitives: nothing }],
  ['logging/setLevel', { eras: LEGACY, primitives: nothing }],
  ['resources/subscribe', { eras: LEGACY, primitives: resource }],
  ['resources/unsubscribe', { eras: LEGACY, primitives: resource }],
  ['tasks/result', { eras: LEGACY, primitives: task }],
  ['tasks/list', { eras: LEGACY, primitives: nothing }],
]);

/**
 * Every notification a client may send. The modern era has none over HTTP: closing the stream cancels (TR-9), and there are
 * no server requests whose progress could be told. A posted `notifications/cancelled` could only hit somebody else's
 * request on a shared upstream connection.
 */
const NOTIFICATIONS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ['notifications/cancelled', { eras: LEGACY, primitives: nothing }],
  ['notifications/initialized', { eras: LEGACY, primitives: nothing }],
  ['notifications/progress', { eras: LEGACY, primitives: nothing }],
  ['notifications/roots/list_changed', { eras: LEGACY, primitives: nothing }],
  ['notifications/tasks/status', { eras: LEGACY, primitives: nothing }],
]);

/**
 * Looks a method up by its exact name. What is not listed is never forwarded, since policy could not tell what it does
 * (attacks.md N13; TR-7).
 * @throws GatewayError `rpc.unknown-method` (404, -32601)
 */
export const methodFor = (kind: 'request' | 'notification', name: string, era: Era): Method => {
  const method = (kind === 'request' ? REQUESTS : NOTIFICATIONS).get(name);
  if (method === undefined || !method.eras.includes(era)) throw refusal('rpc.unknown-method', `no such ${kind} in the ${era} era of MCP`);
  return method;
};
