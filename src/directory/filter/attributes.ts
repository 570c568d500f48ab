import type { DirectoryKind } from '../../model/directory-entry.ts';

/** How an attribute is compared: without regard to case, to the letter, as a truth, as a moment (RFC 7643 §2.2, §2.3). */
export type AttributeType = 'text' | 'exact' | 'truth' | 'moment';

/** An attribute that can be asked for, in the spelling of the resources. */
export interface Attribute {
  readonly name: string;
  readonly sub?: string;
  readonly type: AttributeType;
}

const COMMON: readonly (readonly [string, AttributeType])[] = [['id', 'exact'], ['externalId', 'exact'], ['displayName', 'text'], ['meta.resourceType', 'text'], ['meta.created', 'moment'], ['meta.lastModified', 'moment']];

const ATTRIBUTES: Readonly<Record<DirectoryKind, readonly (readonly [string, AttributeType])[]>> = {
  User: [...COMMON, ['userName', 'text'], ['active', 'truth'], ['emails.value', 'text'], ['emails.type', 'text'], ['emails.primary', 'truth'], ['groups.value', 'exact'], ['groups.display', 'text']],
  Group: [...COMMON, ['members.value', 'exact']],
};

/** The attributes of which somebody has several. */
const SEVERAL = ['emails', 'groups', 'members'];

const SCHEMA = /^urn:ietf:params:scim:schemas:core:2\.0:(?:User|Group):/i;

const spelled = (path: string, kind: DirectoryKind): readonly [string, AttributeType] | undefined => {
  const wanted = path.toLowerCase();
  return ATTRIBUTES[kind].find(([name]) => name.toLowerCase() === wanted || name.toLowerCase() === `${wanted}.value`);
};

/**
 * The attribute at a path, in any capitals and with its schema or without; of several values the one that is called `value` is meant.
 * @param within the attribute of whose single values it is asked
 */
export const attributeAt = (path: string, kind: DirectoryKind, within?: string): Attribute | undefined => {
  const found = spelled(within === undefined ? path.replace(SCHEMA, '') : `${within}.${path}`, kind);
  if (found === undefined) return undefined;
  const [[name = '', sub], type] = [found[0].split('.'), found[1]];
  if (within !== undefined) return { name: sub ?? '', type };
  return { name, ...(sub === undefined ? {} : { sub }), type };
};

/** The attribute of several values at a path, in the spelling of the resources. */
export const severalAt = (path: string, kind: DirectoryKind): string | undefined => {
  const wanted = path.replace(SCHEMA, '').toLowerCase();
  return SEVERAL.find((name) => name === wanted && ATTRIBUTES[kind].some(([one]) => one.startsWith(`${name}.`)));
};
