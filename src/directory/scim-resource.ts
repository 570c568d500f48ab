import type { DirectoryGroup, DirectoryUser } from '../model/directory-entry.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import { USER_SCHEMA } from './scim-user.ts';

export const GROUP_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Group';

/** Where everything of SCIM is. */
export const SCIM_BASE = '/scim/v2';

const timeOf = (atMs: number): string => new Date(atMs).toISOString();

const metaOf = ({ kind, id, createdAtMs, changedAtMs }: DirectoryUser | DirectoryGroup, origin: string): JsonObject => ({ resourceType: kind, created: timeOf(createdAtMs), lastModified: timeOf(changedAtMs), location: `${origin}${SCIM_BASE}/${kind}s/${id}` });

/** A user as it is answered (RFC 7643 §4.1). */
export const userResource = (user: DirectoryUser, groups: readonly { readonly id: string; readonly displayName: string }[], origin: string): JsonObject => {
  const { id, externalId, userName, displayName, active, emails } = user;
  return {
    schemas: [USER_SCHEMA], id, ...(externalId === undefined ? {} : { externalId }), userName, ...(displayName === undefined ? {} : { displayName }), active,
    emails: emails.map((email): JsonObject => ({ ...email })),
    groups: groups.map((group): JsonObject => ({ value: group.id, display: group.displayName, $ref: `${origin}${SCIM_BASE}/Groups/${group.id}` })),
    meta: metaOf(user, origin),
  };
};

/** A group as it is answered (RFC 7643 §4.2). @param members undefined where they were not asked for */
export const groupResource = (group: DirectoryGroup, members: readonly string[] | undefined, origin: string): JsonObject => {
  const { id, externalId, displayName } = group;
  return { schemas: [GROUP_SCHEMA], id, ...(externalId === undefined ? {} : { externalId }), displayName, ...(members === undefined ? {} : { members: members.map((value): JsonObject => ({ value, $ref: `${origin}${SCIM_BASE}/Users/${value}` })) }), meta: metaOf(group, origin) };
};

/** A page of answers (RFC 7644 §3.4.2). */
export const listResponse = (resources: readonly JsonObject[], { total, startIndex }: { readonly total: number; readonly startIndex: number }): JsonObject => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'], totalResults: total, startIndex, itemsPerPage: resources.length, Resources: [...resources],
});

const no = { supported: false };

/** What of SCIM is here (RFC 7643 §5). */
export const SERVICE_PROVIDER: JsonObject = {
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
  patch: { supported: true }, bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 }, filter: { supported: true, maxResults: 200 }, changePassword: no, sort: no, etag: no,
  authenticationSchemes: [{ type: 'oauthbearertoken', name: 'Bearer', description: 'A key of the gateway with admin:people, as a bearer token' }],
};

const typeOf = (name: string, schema: string): JsonObject => ({ schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'], id: name, name, endpoint: `/${name}s`, schema });

export const RESOURCE_TYPES: readonly JsonObject[] = [typeOf('User', USER_SCHEMA), typeOf('Group', GROUP_SCHEMA)];

const attributeOf = (name: string, more: Readonly<Record<string, JsonValue>> = {}): JsonObject => ({ name, type: 'string', multiValued: false, required: false, caseExact: false, mutability: 'readWrite', returned: 'default', uniqueness: 'none', ...more });
const schemaOf = (id: string, name: string, attributes: readonly JsonObject[]): JsonObject => ({ schemas: ['urn:ietf:params:scim:schemas:core:2.0:Schema'], id, name, attributes: [...attributes] });
const complex = (name: string, parts: readonly string[]): JsonObject => attributeOf(name, { type: 'complex', multiValued: true, subAttributes: parts.map((part) => attributeOf(part)) });

/** The attributes that are kept; all others are taken and forgotten. */
export const SCHEMAS: readonly JsonObject[] = [
  schemaOf(USER_SCHEMA, 'User', [attributeOf('userName', { required: true, uniqueness: 'server' }), attributeOf('externalId', { caseExact: true }), attributeOf('displayName'), attributeOf('active', { type: 'boolean' }), complex('emails', ['value', 'type', 'primary'])]),
  schemaOf(GROUP_SCHEMA, 'Group', [attributeOf('displayName', { required: true, uniqueness: 'server' }), attributeOf('externalId', { caseExact: true }), complex('members', ['value'])]),
];
