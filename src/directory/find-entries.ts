import type { DirectoryEntry, DirectoryKind } from '../model/directory-entry.ts';
import type { JsonObject } from '../model/json.ts';
import type { DirectoryStore } from '../ports/directory-store.ts';
import type { Filter } from './filter/filter.ts';
import { asksFor, matches } from './filter/matches.ts';
import { scimFault } from './scim-fault.ts';

/** How many are looked at for one answer: the gateway serves others from the same thread. */
const MOST_LOOKED_AT = 10_000;
const PAGE = 500;

/** Entries as they are answered; the groups or members are the store's to find, and left out unless a filter asks for them. */
export type AsResource = (entry: DirectoryEntry, withOthers: boolean) => JsonObject;

const only = (entry: DirectoryEntry | undefined): readonly DirectoryEntry[] => (entry === undefined ? [] : [entry]);

const indexed = (store: DirectoryStore, kind: DirectoryKind, filter: Filter): readonly DirectoryEntry[] | undefined => {
  if (filter.kind !== 'compare' || filter.operator !== 'eq' || typeof filter.value !== 'string') return undefined;
  const { name } = filter.attribute;
  if (name === 'id') return only(store.get(kind, filter.value));
  if (name === 'externalId') return store.externally(kind, filter.value);
  return name === (kind === 'User' ? 'userName' : 'displayName') ? only(store.named(kind, filter.value)) : undefined;
};

/** Those that alone could match, where the store's indexes tell. */
const candidates = (store: DirectoryStore, kind: DirectoryKind, filter: Filter): readonly DirectoryEntry[] | undefined => {
  if (filter.kind === 'and') return candidates(store, kind, filter.left) ?? candidates(store, kind, filter.right);
  if (filter.kind !== 'or') return indexed(store, kind, filter);
  const [left, right] = [candidates(store, kind, filter.left), candidates(store, kind, filter.right)];
  if (left === undefined || right === undefined) return undefined;
  return [...new Map([...left, ...right].map((entry) => [entry.id, entry])).values()];
};

const everybody = (store: DirectoryStore, kind: DirectoryKind): readonly DirectoryEntry[] => {
  const all: DirectoryEntry[] = [];
  for (let from = 0; ; from += PAGE) {
    const { total, entries } = store.page(kind, from, PAGE);
    if (total > MOST_LOOKED_AT) throw scimFault('scim.too-many', `there are more than ${String(MOST_LOOKED_AT)} of the kind ${kind}, and the filter names none by id, externalId or ${kind === 'User' ? 'userName' : 'displayName'} with eq`);
    all.push(...entries);
    if (entries.length < PAGE) return all;
  }
};

/**
 * All of a kind of which a filter is true, in the order they came.
 * @throws GatewayError `scim.too-many` where no index helps and there are too many to look at
 */
export const findEntries = (store: DirectoryStore, kind: DirectoryKind, filter: Filter, asResource: AsResource): readonly DirectoryEntry[] => {
  const withOthers = asksFor(filter, 'groups') || asksFor(filter, 'members');
  const among = candidates(store, kind, filter) ?? everybody(store, kind);
  return among.filter((entry) => matches(filter, asResource(entry, withOthers)));
};
