import { GatewayError } from '../../errors/gateway-error.ts';
import type { Principal } from '../../model/principal.ts';
import type { Presented } from '../../ports/authenticator.ts';

/** A key and a token of one request. */
export interface Pair {
  readonly key: Presented;
  readonly token: Presented;
}

/**
 * Takes the two credentials of a server that asks for both (R34): one key in its header, one token in `Authorization`, and nothing else.
 * @throws GatewayError `credential.both-needed`, `credential.multiple`
 */
export const readPair = (found: readonly Presented[]): Pair => {
  const [keys, tokens] = [found.filter(({ place }) => place === 'header'), found.filter(({ place }) => place === 'bearer' || place === 'dpop')];
  const [key, token] = [keys[0], tokens[0]];
  if (found.length > 2) throw new GatewayError('credential.multiple', { reason: `credentials in: ${found.map(({ place }) => place).join(', ')}` });
  if (key === undefined || token === undefined) throw new GatewayError('credential.both-needed', { reason: `the server asks for a key and a token; there was ${found.map(({ place }) => place).join(', ') || 'neither'}` });
  return { key, token };
};

/** Pairs in use: a principal is built once and shared by its requests. */
const made = new WeakMap<Principal, { readonly key: Principal; readonly both: Principal }>();

/**
 * Who calls with both: the person of the token, who may do what the token and the key both allow, within the limits of the key. They need not
 * be of the same person: a key is often that of the application, and the record has both.
 */
export const joined = (key: Principal, token: Principal): Principal => {
  const known = made.get(token);
  if (known?.key === key) return known.both;
  const { whole, ...narrow } = token;
  const both = Object.freeze({
    ...narrow,
    ...(whole === true && key.whole === true ? { whole } : {}),
    // What is denied to a role of either meets the pair.
    ownerRoles: [...new Set([...(token.ownerRoles ?? []), ...key.roles, ...(key.ownerRoles ?? [])])],
    key: key.credentialId,
    permissions: token.permissions.within(key.permissions),
    ...(key.limits === undefined ? {} : { limits: key.limits }),
  });
  made.set(token, { key, both });
  return both;
};
