import type { Accounts } from '../../authority/ask/accounts.ts';
import { GatewayError } from '../../errors/gateway-error.ts';
import { keyAccount, keyIdIn } from '../../model/account.ts';
import type { Shielded } from '../../model/exchange.ts';
import type { Route } from '../../model/route.ts';
import type { Authenticator, Proof } from '../../ports/authenticator.ts';
import type { IndexedKey } from '../../stages/authenticate/key-index.ts';
import type { Base } from '../base.ts';
import { KEY_ID } from '../tokens/own-issuer.ts';

export interface KeyAccountNeeds extends Pick<Base, 'index'> {
  readonly clock: Base['world']['clock'];
  readonly authenticator: Authenticator;
  /** The route of a server: a key opens only those of its environment. */
  readonly routeOf: (server: string) => Route | undefined;
  /** @throws GatewayError `limit.guessing` */
  readonly failed: (address: string) => void;
}

/** Whether the key is still one at all; where and when it may be used is asked when it is. */
const isAlive = (key: IndexedKey | undefined, nowMs: number): boolean => key !== undefined && !key.revoked && key.closed === undefined && nowMs < (key.principal.expiresAtMs ?? Number.POSITIVE_INFINITY);

/** People who sign in with a key (D6): what they get is bound to that key, and ends with it. */
export const buildKeyAccounts = ({ index, clock, authenticator, routeOf, failed }: KeyAccountNeeds): Accounts => {
  const holderOf = (accountId: string): IndexedKey | undefined => {
    const id = keyIdIn(accountId);
    return id === undefined ? undefined : index.holderOf(id);
  };
  const judged = (proof: Proof, address: string) => {
    if (proof.kind === 'proven') return { accountId: keyAccount(proof.principal.credentialId), principal: proof.principal };
    const error = proof.kind === 'rejected' ? proof.error : new GatewayError('credential.invalid', { reason: 'what was typed in is no key' });
    if (error.code === 'credential.invalid') failed(address);
    throw error;
  };
  return {
    isAccount: (accountId) => isAlive(holderOf(accountId), clock.nowMs()),
    labelOf: (accountId) => holderOf(accountId)?.principal.subject ?? accountId,
    claimsOf(accountId) {
      const id = keyIdIn(accountId);
      return id === undefined ? {} : { [KEY_ID]: id };
    },
    withKey(request: Shielded, key, server) {
      const route = routeOf(server);
      if (route === undefined) throw new GatewayError('house.fault', { reason: `no server ${server}` });
      const proof = authenticator.authenticate({ ...request, route }, { place: 'header', value: key });
      return proof instanceof Promise ? proof.then((settled) => judged(settled, request.address)) : judged(proof, request.address);
    },
  };
};
