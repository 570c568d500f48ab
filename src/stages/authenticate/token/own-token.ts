import { GatewayError } from '../../../errors/gateway-error.ts';
import type { Shielded } from '../../../model/exchange.ts';
import { PermissionSet } from '../../../model/permission/permission.ts';
import type { Principal } from '../../../model/principal.ts';
import type { Authenticator, Presented, Proof } from '../../../ports/authenticator.ts';
import type { Clock } from '../../../ports/world.ts';
import { flawOf } from '../api-key.ts';
import type { IndexedKey, KeyIndex } from '../key-index.ts';

export interface OwnTokenNeeds {
  /** The gateway's own issuer, by its name. */
  readonly issuer: string;
  readonly index: Pick<KeyIndex, 'holderOf'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** People who have signed in, by id; undefined for nobody, and for whom the configuration has disabled. */
  readonly people: (id: string) => Principal | undefined;
  /** What clients may do for themselves, by their id. */
  readonly clients: ReadonlyMap<string, PermissionSet>;
}

/** The name under which the claim with the id of a key stands among those of the principal. */
export const KEY_CLAIM = 'key';

/** The same for the id of a person. */
export const PERSON_CLAIM = 'person';

const rejected = (reason: string): Proof => ({ kind: 'rejected', error: new GatewayError('token.invalid', { reason }) });

/** What the token says, as far as the other allows it; a token that names nothing stands for all of it. Past that no other token helps, either. */
const narrowed = (token: Principal, by: PermissionSet): PermissionSet => (token.whole === true ? by : token.permissions).within(by);

/** Pairs in use: a principal is built once and shared by its requests. */
const made = new WeakMap<Principal, { readonly key: Principal; readonly both: Principal }>();

/** Whoever signed in, with a key or at a provider, may do what they may now, and no more than the token says (D6). */
const standingFor = (key: Principal, token: Principal): Principal => {
  const known = made.get(token);
  if (known?.key === key) return known.both;
  const { whole, expiresAtMs: _keyEnds, ...holder } = key;
  const both: Principal = Object.freeze({
    ...holder,
    method: token.method, name: token.name, credentialId: token.credentialId,
    permissions: narrowed(token, key.permissions),
    ...(whole === true && token.whole === true ? { whole } : {}),
    ...(key.method === 'api-key' ? { key: key.credentialId } : {}),
    ...(token.clientId === undefined ? {} : { clientId: token.clientId }),
    ...(token.issuer === undefined ? {} : { issuer: token.issuer }),
    ...(token.scopes === undefined ? {} : { scopes: token.scopes }),
    ...(token.claims === undefined ? {} : { claims: token.claims }),
    ...(token.token === undefined ? {} : { token: token.token }),
    ...(token.expiresAtMs === undefined ? {} : { expiresAtMs: token.expiresAtMs }),
  });
  made.set(token, { key, both });
  return both;
};

const byKey = (key: IndexedKey | undefined, { token, request, nowMs }: { readonly token: Principal; readonly request: Shielded; readonly nowMs: number }): Proof => {
  if (key === undefined) return rejected('the key that it was issued for is gone');
  const flaw = flawOf(key, { request, place: 'bearer', nowMs });
  // A key that is over ends its tokens; where and when it may be used holds for them, too.
  if (flaw !== undefined) return flaw.code === 'credential.invalid' ? rejected(flaw.circumstances.reason) : { kind: 'rejected', error: flaw };
  return { kind: 'proven', principal: standingFor(key.principal, token) };
};

const byPerson = (person: Principal | undefined, token: Principal): Proof => (person === undefined ? rejected('the person whom it stands for is gone, or disabled') : { kind: 'proven', principal: standingFor(person, token) });

const clientsMade = new WeakMap<Principal, { readonly allowed: PermissionSet; readonly principal: Principal }>();

/** A client that acts for itself may do what was agreed with it, whatever it asked for. */
const byClient = (token: Principal, allowed: PermissionSet | undefined): Proof => {
  if (allowed === undefined) return rejected('nothing was agreed with the client that it could do for itself');
  const known = clientsMade.get(token);
  if (known?.allowed === allowed) return { kind: 'proven', principal: known.principal };
  const { whole: _whole, ...narrow } = token;
  const principal: Principal = Object.freeze({ ...narrow, permissions: narrowed(token, allowed) });
  clientsMade.set(token, { allowed, principal });
  return { kind: 'proven', principal };
};

/** Tokens of the gateway's own issuer, and whom they stand for: asked on every request, because keys and agreements change. */
export const buildOwnToken = (inner: Authenticator, { issuer, index, clock, people, clients }: OwnTokenNeeds): Authenticator => {
  const bind = (request: Shielded, proof: Proof): Proof => {
    if (proof.kind !== 'proven' || proof.principal.issuer !== issuer) return proof;
    const { principal: token } = proof;
    const [keyId, personId] = [token.claims?.[KEY_CLAIM], token.claims?.[PERSON_CLAIM]];
    if (typeof personId === 'string') return byPerson(people(personId), token);
    if (typeof keyId === 'string') return byKey(index.holderOf(keyId), { token, request, nowMs: clock.nowMs() });
    return token.token?.subject === token.clientId ? byClient(token, clients.get(token.clientId ?? '')) : rejected('it stands for nobody that is known');
  };
  return {
    scheme: inner.scheme,
    authenticate(request: Shielded, presented: Presented) {
      const proof = inner.authenticate(request, presented);
      return proof instanceof Promise ? proof.then((settled) => bind(request, settled)) : bind(request, proof);
    },
  };
};
