import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import { scimFault } from './scim-fault.ts';

const MOST_CHARACTERS = 256;

/** Names of attributes are compared without regard to case (RFC 7643 §2.1). */
export const attribute = (object: JsonObject, name: string): JsonValue | undefined => {
  const wanted = name.toLowerCase();
  const found = Object.keys(object).filter((one) => one.toLowerCase() === wanted);
  if (found.length > 1) throw scimFault('scim.invalid-syntax', `${name} is there in several spellings`);
  return found[0] === undefined ? undefined : object[found[0]];
};

/** A text of the length that names have. @throws GatewayError `scim.invalid-value` */
export const textOf = (value: JsonValue | undefined, what: string): string => {
  if (typeof value === 'string' && value.trim() !== '' && value.length <= MOST_CHARACTERS && !/[\u0000-\u001f\u007f]/.test(value)) return value;
  throw scimFault('scim.invalid-value', `${what} is no text of 1 to ${String(MOST_CHARACTERS)} characters`);
};

/** A truth; Entra ID writes it as a text, in its own spelling. @throws GatewayError `scim.invalid-value` */
export const truthOf = (value: JsonValue | undefined, what: string): boolean => {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string' && /^(?:true|false)$/i.test(value)) return value.toLowerCase() === 'true';
  throw scimFault('scim.invalid-value', `${what} is neither true nor false`);
};

/** One object, or a list of them. @throws GatewayError `scim.invalid-value` */
export const objectsOf = (value: JsonValue | undefined, what: string): readonly JsonObject[] => {
  const list: readonly JsonValue[] = value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
  return list.map((one) => {
    if (isJsonObject(one)) return one;
    throw scimFault('scim.invalid-value', `${what} is no list of objects`);
  });
};
