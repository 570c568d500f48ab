import { isEmailAddress } from '../model/email-address.ts';
import type { DirectoryEntry, DirectoryGroup, DirectoryKind, DirectoryUser } from '../model/directory-entry.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import type { Store } from '../ports/store.ts';
import type { World } from '../ports/world.ts';
import { scimFault } from './scim-fault.ts';
import { readPatch, type Change } from './scim-patch.ts';
import { readUser, setOfUser, type UserFacts } from './scim-user.ts';
import { attribute, objectsOf, textOf } from './scim-values.ts';
import { matches } from './filter/matches.ts';
import { readValuePath, type ValuePath } from './value-path.ts';

export interface DirectoryNeeds {
  readonly store: Pick<Store, 'directory' | 'people' | 'transaction'>;
  readonly world: Pick<World, 'clock' | 'random'>;
  /** The provider of `signIn` or the issuer that people of this directory come by. */
  readonly provider: string;
  /** Ends all that somebody of these names holds, for good. */
  readonly end: (names: readonly string[]) => void;
  /** Takes that back, as far as the directory has said it. */
  readonly resume: (names: readonly string[]) => void;
}

const sure = <Kind extends DirectoryEntry>(entry: DirectoryEntry | undefined, isKind: (one: DirectoryEntry) => one is Kind, id: string): Kind => {
  if (entry !== undefined && isKind(entry)) return entry;
  throw scimFault('scim.not-found', `there is no ${id.slice(0, 64)}`);
};

const isUser = (entry: DirectoryEntry): entry is DirectoryUser => entry.kind === 'User';
const isGroup = (entry: DirectoryEntry): entry is DirectoryGroup => entry.kind === 'Group';

/** What a company's directory tells us, and what follows: whoever is inactive or gone there has nothing here (R43, R44). */
export class Directory {
  readonly #needs: DirectoryNeeds;

  constructor(needs: DirectoryNeeds) {
    this.#needs = needs;
  }

  createUser(body: JsonObject): DirectoryUser {
    return this.#writeUser(readUser(body), undefined);
  }

  replaceUser(id: string, body: JsonObject): DirectoryUser {
    return this.#writeUser(readUser(body), this.user(id));
  }

  patchUser(id: string, body: JsonObject): DirectoryUser {
    const before = this.user(id);
    const facts = readPatch(body).reduce<UserFacts>(setOfUser, before);
    return this.#writeUser(facts, before);
  }

  user(id: string): DirectoryUser {
    return sure(this.#needs.store.directory.get('User', id), isUser, id);
  }

  group(id: string): DirectoryGroup {
    return sure(this.#needs.store.directory.get('Group', id), isGroup, id);
  }

  drop(kind: DirectoryKind, id: string): void {
    const { store, end } = this.#needs;
    store.transaction(() => {
      const entry = store.directory.get(kind, id);
      if (entry === undefined || !store.directory.drop(kind, id)) throw scimFault('scim.not-found', `there is no ${id.slice(0, 64)}`);
      // Gone there is gone here: their keys, tokens and streams end, and nobody signs in by them.
      if (isUser(entry)) end(this.#namesOf(entry));
    });
  }

  createGroup(body: JsonObject): DirectoryGroup {
    return this.#writeGroup(body, undefined);
  }

  replaceGroup(id: string, body: JsonObject): DirectoryGroup {
    return this.#writeGroup(body, this.group(id));
  }

  patchGroup(id: string, body: JsonObject): DirectoryGroup {
    const { store } = this.#needs;
    return store.transaction(() => {
      for (const change of readPatch(body)) this.#changeGroup(this.group(id), change);
      return this.group(id);
    });
  }

  #writeUser(facts: UserFacts, before: DirectoryUser | undefined): DirectoryUser {
    const { store, end, resume } = this.#needs;
    const { externalId, displayName, ...rest } = facts;
    const user: DirectoryUser = { ...this.#stamped('User', before), kind: 'User', userName: rest.userName, active: rest.active, emails: rest.emails, ...(externalId === undefined ? {} : { externalId }), ...(displayName === undefined ? {} : { displayName }) };
    store.transaction(() => {
      this.#put(user);
      if (before !== undefined && !before.active) resume(this.#namesOf(before));
      if (user.active) resume(this.#namesOf(user));
      // By what they were called a moment ago, too: their keys are still called so.
      else end([...new Set([...this.#namesOf(user), ...(before === undefined ? [] : this.#namesOf(before))])]);
    });
    return user;
  }

  #writeGroup(body: JsonObject, before: DirectoryGroup | undefined): DirectoryGroup {
    const { store } = this.#needs;
    const externalId = attribute(body, 'externalId');
    const group: DirectoryGroup = { ...this.#stamped('Group', before), kind: 'Group', displayName: textOf(attribute(body, 'displayName'), 'displayName'), ...(externalId === undefined || externalId === null ? {} : { externalId: textOf(externalId, 'externalId') }) };
    return store.transaction(() => {
      this.#put(group);
      this.#setMembers(group.id, attribute(body, 'members'));
      return group;
    });
  }

  #changeGroup(group: DirectoryGroup, { op, path, value }: Change): void {
    const { directory } = this.#needs.store;
    const chosen = readValuePath(path, 'Group');
    if (chosen?.name === 'members') directory.leave(group.id, this.#chosenMembers(group.id, chosen, op));
    else if (path.toLowerCase() === 'members') {
      if (op === 'replace') this.#setMembers(group.id, value);
      else if (op === 'add') directory.join(group.id, this.#membersIn(value));
      else directory.leave(group.id, value === undefined ? directory.membersOf(group.id) : objectsOf(value, 'members').map((one) => textOf(attribute(one, 'value'), 'members.value')));
    } else if (path.toLowerCase() === 'displayname' && op !== 'remove') this.#put({ ...group, ...this.#stamped('Group', group), displayName: textOf(value, 'displayName') });
  }

  /** Who is removed: a member is an id and no more, so that there is nothing of one to change. */
  #chosenMembers(groupId: string, { filter, sub }: ValuePath, op: Change['op']): readonly string[] {
    if (op !== 'remove' || sub !== undefined) throw scimFault('scim.invalid-path', 'single members are removed, and added without a filter');
    return this.#needs.store.directory.membersOf(groupId).filter((value) => matches(filter, { value }));
  }

  #setMembers(groupId: string, value: JsonValue | undefined): void {
    const { directory } = this.#needs.store;
    const wanted = this.#membersIn(value);
    directory.leave(groupId, directory.membersOf(groupId).filter((id) => !wanted.includes(id)));
    directory.join(groupId, wanted);
  }

  /** Only who is there: a group of ids that nobody has would let in whoever gets one of them. */
  #membersIn(value: JsonValue | undefined): readonly string[] {
    return objectsOf(value, 'members').map((one) => this.user(textOf(attribute(one, 'value'), 'members.value')).id);
  }

  #put(entry: DirectoryEntry): void {
    const { directory } = this.#needs.store;
    const name = isUser(entry) ? entry.userName : entry.displayName;
    const same = directory.named(entry.kind, name);
    if (same !== undefined && same.id !== entry.id) throw scimFault('scim.uniqueness', `there is one of that name already: ${same.id}`);
    directory.put(entry);
  }

  #stamped(kind: DirectoryKind, before: DirectoryEntry | undefined): Pick<DirectoryEntry, 'id' | 'createdAtMs' | 'changedAtMs'> {
    const { clock, random } = this.#needs.world;
    const changedAtMs = clock.nowMs();
    return { id: before?.id ?? `${kind === 'User' ? 'dir' : 'grp'}_${Buffer.from(random.bytes(9)).toString('hex')}`, createdAtMs: before?.createdAtMs ?? changedAtMs, changedAtMs };
  }

  /** Every name by which somebody could be known here: as a subject of the provider, by their addresses, and by what we call them since they came. */
  #namesOf({ userName, externalId, emails }: DirectoryUser): readonly string[] {
    const { provider, store: { people } } = this.#needs;
    const addresses = [userName, ...emails.map(({ value }) => value)].filter(isEmailAddress).map((address) => address.toLowerCase());
    const said = [...(externalId === undefined ? [] : [`${provider}:${externalId}`]), `${provider}:${userName}`, ...addresses];
    const known = said.flatMap((name) => people.named(name)).filter((person) => person.provider === provider);
    return [...new Set([...said, ...known.flatMap(({ own, called }) => [own, called])])];
  }
}
