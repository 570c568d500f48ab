import type { Primitive } from '../../model/call.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { PrimitiveKind } from '../../model/permission.ts';

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
export const LIST_METHODS: ReadonlyMap<string, string> = new Map([
  ['tools/list', 'tools'],
  ['prompts/list', 'prompts'],
  ['resources/list', 'resources'],
  ['resources/templates/list', 'resourceTemplates'],
]);

const keeps = (shape: ListShape, item: JsonValue, mayUse: MayUse): boolean => {
  const name = isJsonObject(item) ? item[shape.nameOf] : undefined;
  return typeof name === 'string' && mayUse({ kind: shape.kind, name });
};

/**
 * Narrows whatever lists a JSON-RPC result holds to what the principal may use, and makes a public cache hint private:
 * what was filtered for one credential must not be served to another (RS-17, M05).
 * @returns the same object when nothing had to change
 */
export const narrowResult = (result: JsonObject, mayUse: MayUse): JsonObject => {
  const changed: Record<string, JsonValue> = {};
  for (const shape of LISTS) {
    const list = result[shape.member];
    if (!Array.isArray(list)) continue;
    const kept = list.filter((item: JsonValue) => keeps(shape, item, mayUse));
    if (kept.length !== list.length) changed[shape.member] = kept;
  }
  if (result['cacheScope'] === 'public') changed['cacheScope'] = 'private';
  return Object.keys(changed).length === 0 ? result : { ...result, ...changed };
};
