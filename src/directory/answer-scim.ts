import type { DirectoryEntry, DirectoryGroup, DirectoryKind, DirectoryUser } from '../model/directory-entry.ts';
import type { JsonObject } from '../model/json.ts';
import type { DirectoryStore } from '../ports/directory-store.ts';
import type { Directory } from './directory.ts';
import { readFilter } from './filter/read-filter.ts';
import { findEntries, type AsResource } from './find-entries.ts';
import { scimFault } from './scim-fault.ts';
import { groupResource, listResponse, RESOURCE_TYPES, SCHEMAS, SERVICE_PROVIDER, userResource } from './scim-resource.ts';
import type { ScimDestination } from './scim-route.ts';

/** One request of a directory, its body read. */
export interface ScimAsked {
  readonly method: string;
  readonly scim: ScimDestination;
  readonly query: URLSearchParams;
  readonly body: JsonObject;
}

export interface ScimAnswer {
  readonly status: number;
  readonly body?: JsonObject;
}

const OK = 200;
const CREATED = 201;
const NO_CONTENT = 204;
const MOST = 200;

const numberIn = (query: URLSearchParams, name: string, fallback: number): number => {
  const text = query.get(name);
  if (text === null) return fallback;
  if (!/^-?\d{1,9}$/.test(text)) throw scimFault('scim.invalid-value', `${name} is no number`);
  return Number(text);
};

/** Answers what a directory asks and tells (RFC 7644 §3). */
export const buildAnswerScim = (directory: Directory, store: DirectoryStore, origin: string): ((asked: ScimAsked) => ScimAnswer) => {
  const shown = (entry: DirectoryEntry, query: URLSearchParams): JsonObject => {
    if (entry.kind === 'User') return userResource(entry, store.groupsOf(entry.id), origin);
    const excluded = (query.get('excludedAttributes') ?? '').toLowerCase().split(',').includes('members');
    return groupResource(entry, excluded ? undefined : store.membersOf(entry.id), origin);
  };

  const asResource: AsResource = (entry, withOthers) =>
    entry.kind === 'User' ? userResource(entry, withOthers ? store.groupsOf(entry.id) : [], origin) : groupResource(entry, withOthers ? store.membersOf(entry.id) : undefined, origin);

  const found = (kind: DirectoryKind, text: string, from: number, count: number): { readonly total: number; readonly entries: readonly DirectoryEntry[] } => {
    const all = findEntries(store, kind, readFilter(text, kind), asResource);
    return { total: all.length, entries: all.slice(from, from + count) };
  };

  const list = (kind: DirectoryKind, query: URLSearchParams): ScimAnswer => {
    // RFC 7644 §3.4.2.4: less than one is one, and a negative count is none.
    const [startIndex, count] = [Math.max(1, numberIn(query, 'startIndex', 1)), Math.min(MOST, Math.max(0, numberIn(query, 'count', 100)))];
    const filter = query.get('filter');
    const { total, entries } = filter === null ? store.page(kind, startIndex - 1, count) : found(kind, filter, startIndex - 1, count);
    return { status: OK, body: listResponse(entries.map((entry) => shown(entry, query)), { total, startIndex }) };
  };

  const about = (resources: readonly JsonObject[], id: string | undefined): ScimAnswer => {
    if (id === undefined) return { status: OK, body: listResponse(resources, { total: resources.length, startIndex: 1 }) };
    const one = resources.find((resource) => resource['id'] === id);
    if (one === undefined) throw scimFault('scim.not-found', 'there is nothing of that id');
    return { status: OK, body: one };
  };

  const changed = ({ method, scim: { collection, id = '' }, body }: ScimAsked): DirectoryUser | DirectoryGroup => {
    const isUsers = collection === 'Users';
    if (method === 'POST') return isUsers ? directory.createUser(body) : directory.createGroup(body);
    if (method === 'PUT') return isUsers ? directory.replaceUser(id, body) : directory.replaceGroup(id, body);
    return isUsers ? directory.patchUser(id, body) : directory.patchGroup(id, body);
  };

  return (asked) => {
    const { method, scim: { collection, id }, query } = asked;
    if (collection === 'ServiceProviderConfig') return { status: OK, body: SERVICE_PROVIDER };
    if (collection === 'ResourceTypes') return about(RESOURCE_TYPES, id);
    if (collection === 'Schemas') return about(SCHEMAS, id);
    const kind = collection === 'Users' ? 'User' : 'Group';
    if (method === 'GET') return id === undefined ? list(kind, query) : { status: OK, body: shown(kind === 'User' ? directory.user(id) : directory.group(id), query) };
    if (method === 'DELETE') {
      directory.drop(kind, id ?? '');
      return { status: NO_CONTENT };
    }
    return { status: method === 'POST' ? CREATED : OK, body: shown(changed(asked), query) };
  };
};
