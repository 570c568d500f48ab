import type { DirectoryEmail, DirectoryUser } from '../model/directory-entry.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import { scimFault } from './scim-fault.ts';
import { attribute, objectsOf, textOf, truthOf } from './scim-values.ts';
import { readValuePath, setChosen } from './value-path.ts';

export const USER_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:User';

/** What of a user a directory says; all else that SCIM knows of people is of no use here, and is not kept. */
export type UserFacts = Pick<DirectoryUser, 'userName' | 'active' | 'emails'> & { readonly externalId?: string | undefined; readonly displayName?: string | undefined };

const MOST_EMAILS = 20;

const emailOf = (value: JsonObject): DirectoryEmail => {
  const [type, primary] = [attribute(value, 'type'), attribute(value, 'primary')];
  return { value: textOf(attribute(value, 'value'), 'emails.value'), ...(type === undefined || type === null ? {} : { type: textOf(type, 'emails.type') }), ...(primary !== undefined && truthOf(primary, 'emails.primary') ? { primary: true } : {}) };
};

const emailsOf = (value: JsonValue | undefined): readonly DirectoryEmail[] => {
  const emails = objectsOf(value, 'emails').map(emailOf);
  if (emails.length > MOST_EMAILS) throw scimFault('scim.invalid-value', `more than ${String(MOST_EMAILS)} emails`);
  return emails;
};

const optional = (value: JsonValue | undefined, what: string): string | undefined => (value === undefined || value === null || value === '' ? undefined : textOf(value, what));

/** A whole user, as it is made or replaced. @throws GatewayError `scim.*` */
export const readUser = (body: JsonObject): UserFacts => {
  const active = attribute(body, 'active');
  return {
    userName: textOf(attribute(body, 'userName'), 'userName'),
    active: active === undefined || active === null ? true : truthOf(active, 'active'),
    emails: emailsOf(attribute(body, 'emails')),
    externalId: optional(attribute(body, 'externalId'), 'externalId'),
    displayName: optional(attribute(body, 'displayName'), 'displayName'),
  };
};

/** Sets one attribute by its path; one that is not kept changes nothing. @param value undefined to remove it */
export const setOfUser = (user: UserFacts, path: string, value: JsonValue | undefined): UserFacts => {
  const chosen = readValuePath(path, 'User');
  if (chosen?.name === 'emails') return { ...user, emails: emailsOf(setChosen(user.emails.map((email): JsonObject => ({ ...email })), chosen, value)) };
  switch (path.toLowerCase()) {
    case 'username':
      return { ...user, userName: textOf(value, 'userName') };
    case 'active':
      // Whoever takes the word back that somebody is active leaves it to us, and we let nobody in on silence.
      return { ...user, active: value === undefined ? false : truthOf(value, 'active') };
    case 'externalid':
      return { ...user, externalId: optional(value, 'externalId') };
    case 'displayname':
      return { ...user, displayName: optional(value, 'displayName') };
    case 'emails':
      return { ...user, emails: emailsOf(value) };
    default:
      return user;
  }
};
