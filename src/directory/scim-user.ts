import type { DirectoryEmail, DirectoryUser } from '../model/directory-entry.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import { scimFault } from './scim-fault.ts';
import type { Change } from './scim-patch.ts';
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

const atMost = (emails: readonly DirectoryEmail[]): readonly DirectoryEmail[] => {
  if (emails.length > MOST_EMAILS) throw scimFault('scim.invalid-value', `more than ${String(MOST_EMAILS)} emails`);
  return emails;
};

const emailsOf = (value: JsonValue | undefined): readonly DirectoryEmail[] => atMost(objectsOf(value, 'emails').map(emailOf));

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

/** What is added stands beside what is there, and only one of them is the primary one (RFC 7644 §3.5.2.1, RFC 7643 §2.4). */
const withEmails = (emails: readonly DirectoryEmail[], added: readonly DirectoryEmail[]): readonly DirectoryEmail[] => {
  const takesOver = added.some(({ primary }) => primary === true);
  const others = emails.filter(({ value }) => !added.some((one) => one.value.toLowerCase() === value.toLowerCase()));
  return [...others.map(({ primary, ...email }) => (takesOver || primary === undefined ? email : { ...email, primary })), ...added];
};

/** Changes one attribute by its path; one that is not kept changes nothing. @throws GatewayError `scim.*` */
export const setOfUser = (user: UserFacts, { op, path, value: given }: Change): UserFacts => {
  const value = op === 'remove' ? undefined : given;
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
      return { ...user, emails: op === 'add' ? atMost(withEmails(user.emails, emailsOf(value))) : emailsOf(value) };
    default:
      return user;
  }
};
