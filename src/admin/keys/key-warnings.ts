import type { StoredKey } from '../../model/api-key.ts';

type Made = Pick<StoredKey, 'name' | 'purpose' | 'keyClass' | 'permissions'> & { readonly days: number };

const MOBILE = /\b(?:mobile|phone|iphone|ipad|ios|android)\b/i;

const BROWSER = /\b(?:browser|frontend|front-end|web ?page|single-page|spa|javascript)\b/i;

const MANY_USERS = /\b(?:multi-?tenant|tenants|all users|every user|end users)\b/i;

/** A key on a phone is lost with the phone. */
const MOBILE_DAYS = 30;

/** What should be said of permissions that are given to one key (R25, R107). */
export const widthWarnings = (permissions: readonly string[]): readonly string[] =>
  permissions.some((text) => text === '*' || text === '*:*') ? ['this key may do everything: name servers and tools instead, such as "crm:get_*"'] : [];

/** What should be said of a key that may be made so, as far as the words about it tell what it is for (R35, D5). */
export const makingWarnings = ({ name, purpose = '', keyClass = '', permissions, days }: Made): readonly string[] => {
  const words = `${name} ${purpose} ${keyClass}`;
  const mobile = MOBILE.test(words);
  const faults: readonly (string | false)[] = [
    ...widthWarnings(permissions),
    days === 0 && 'this key never expires: 7, 30 or 90 days and a rotation are safer',
    mobile && 'whoever has a mobile app can read the key in it: make one for each person, never one for all, or let the app log in by OAuth',
    mobile && (days === 0 || days > MOBILE_DAYS) && 'a key on a phone is lost with the phone: 7 or 30 days and a rotation are safer',
    BROWSER.test(words) && 'whoever opens a web page can read the key in it: keep the key in the server behind the page, or let the page log in by OAuth',
    MANY_USERS.test(words) && 'a key cannot tell the users behind it apart: make one for each of them, or take OAuth tokens',
  ];
  return faults.filter((fault) => fault !== false);
};
