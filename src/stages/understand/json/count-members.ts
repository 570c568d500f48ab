import { isJsonObject, type JsonObject, type JsonValue } from '../../../model/json.ts';
import { ambiguous } from './fault.ts';

const isContainer = (value: JsonValue | undefined): value is JsonObject | readonly JsonValue[] => typeof value === 'object' && value !== null;

/**
 * Counts the members of all objects in a parsed value. JSON.parse keeps one member per decoded name, so the count is
 * smaller than that of the text exactly when a name was repeated, however it was escaped: no table of names that an
 * attacker could fill with collisions is needed.
 * @throws GatewayError `rpc.invalid` when a member is called `__proto__`: readers disagree whether that is data (CWE-1321)
 */
export const countMembers = (value: JsonValue): number => {
  if (!isContainer(value)) return 0;
  let members = 0;
  if (!isJsonObject(value)) {
    for (const element of value) if (isContainer(element)) members += countMembers(element);
    return members;
  }
  // for-in is twice as fast as Object.keys; were Object.prototype polluted, the counts would differ and all be refused.
  for (const name in value) {
    if (name === '__proto__') throw ambiguous('a member called __proto__');
    members += 1;
    const member = value[name];
    if (isContainer(member)) members += countMembers(member);
  }
  return members;
};
