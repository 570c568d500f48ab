const [PERSON, KEY] = ['person:', 'key:'];

const idIn = (account: string, prefix: string): string | undefined => (account.startsWith(prefix) ? account.slice(prefix.length) : undefined);

/** What tokens of the authorization server carry as `sub`: somebody who signed in at a provider. */
export const personAccount = (personId: string): string => `${PERSON}${personId}`;

/** Or somebody who signed in with a key (D6). */
export const keyAccount = (keyId: string): string => `${KEY}${keyId}`;

/** The person whose account it is; undefined for that of a key. */
export const personIdIn = (account: string): string | undefined => idIn(account, PERSON);

/** The key whose account it is. */
export const keyIdIn = (account: string): string | undefined => idIn(account, KEY);
