import type { McpCall, Primitive } from '../../model/call.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { PrimitiveKind } from '../../model/permission/permission.ts';

export type MayUse = (primitive: Primitive) => boolean;

interface ListShape {
  readonly member: string;
  readonly kind: PrimitiveKind;
  readonly nameOf: string;
}

/** Which list results exist, and by what their items are named. */
const LISTS: readonly ListShape[] = [
  { member: 'tools', kind: 'tool', nameOf: 'name' },
  { member: 'prompts', kind: 'prompt', nameOf: 'name' },
  { member: 'resources', kind: 'resource', nameOf: 'uri' },
  { member: 'resourceTemplates', kind: 'resource', nameOf: 'uriTemplate' },
];

/** The member a list method's result must have. */
const LIST_METHODS: ReadonlyMap<string, string> = new Map([
  ['tools/list', 'tools'],
  ['prompts/list', 'prompts'],
  ['resources/list', 'resources'],
  ['resources/templates/list', 'resourceTemplates'],
]);

const keeps = (shape: ListShape, item: JsonValue, mayUse: MayUse): boolean => {
  const name = isJsonObject(item) ? item[shape.nameOf] : undefined;
  return typeof name === 'string' && mayUse({ kind: shape.kind, name });
};

/** What a list answer must hold and does not: anything else could hide items that the filter does not see (Q02). */
export const missingList = (call: McpCall, message: JsonObject): string | undefined => {
  const member = call.kind === 'request' ? LIST_METHODS.get(call.method) : undefined;
  if (member === undefined || message['error'] !== undefined) return undefined;
  return isJsonObject(message['result']) && Array.isArray(message['result'][member]) ? undefined : member;
};

/**
 * Narrows whatever lists a JSON-RPC result holds to what the principal may use, and makes a public cache hint private:
 * what was filtered for one credential must not be served to another (RS-17, M05).
 * @returns the same object when it holds no list and no such hint; a list is always written anew, because of a member that comes
 *   twice in the original bytes another reader might take the one that was not looked at
 */
export const narrowResult = (result: JsonObject, mayUse: MayUse): JsonObject => {
  const changed: Record<string, JsonValue> = {};
  for (const shape of LISTS) {
    const list = result[shape.member];
    if (!Array.isArray(list)) continue;
    changed[shape.member] = list.filter((item: JsonValue) => keeps(shape, item, mayUse));
  }
  if (result['cacheScope'] === 'public') changed['cacheScope'] = 'private';
  return Object.keys(changed).length === 0 ? result : { ...result, ...changed };
};
