/**
 * One address with one @ and nothing that could be read differently (attacks.md A12). It is matched as it was written: `toLowerCase` makes an
 * ASCII k of the Kelvin sign, and so one person of two.
 */
const ADDRESS = /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@((?:[a-z0-9-]{1,63}\.)+[a-z0-9-]{1,63})$/i;

/** The domain of an address, in lower case; undefined when it is none that everybody reads alike. */
export const domainOf = (email: string): string | undefined => ADDRESS.exec(email)?.[1]?.toLowerCase();

/** Whether a text is an address that everybody reads alike. */
export const isEmailAddress = (text: string): boolean => ADDRESS.test(text);
