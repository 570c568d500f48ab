import { scimFault } from './scim-fault.ts';

/** The one filter that directories send before they make somebody: is there one of this name or id (RFC 7644 §3.4.2.2). */
export interface Filter {
  readonly attribute: 'id' | 'username' | 'displayname' | 'externalid';
  readonly value: string;
}

const FORM = /^\s*(?:urn:ietf:params:scim:schemas:core:2\.0:(?:User|Group):)?(id|userName|displayName|externalId)\s+eq\s+("(?:[^"\\]|\\.)*")\s*$/i;

/** @throws GatewayError `scim.invalid-filter` for any other, so that nobody takes an answer to another question for one to his own */
export const readFilter = (text: string): Filter => {
  const [, attribute = '', literal = ''] = text.length > 1_000 ? [] : (FORM.exec(text) ?? []);
  try {
    // A value is written as JSON writes it.
    const value: unknown = JSON.parse(literal);
    if (typeof value === 'string') return { attribute: attribute.toLowerCase() as Filter['attribute'], value }; // one of the four of the form
  } catch {
    // Said below, in one way for all that can be wrong.
  }
  throw scimFault('scim.invalid-filter', 'only id, userName, displayName or externalId eq "value" can be asked for');
};
