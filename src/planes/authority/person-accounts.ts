import type { Accounts, SignedIn } from '../../authority/ask/accounts.ts';
import { GatewayError } from '../../errors/gateway-error.ts';
import { personIdIn } from '../../model/account.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Denials } from '../../ports/denials.ts';
import { PERSON_ID } from '../tokens/own-issuer.ts';
import type { PeopleInForce } from '../tokens/people-in-force.ts';

export interface PersonAccountNeeds {
  readonly people: PeopleInForce;
  readonly denials: Pick<Denials, 'againstPerson'>;
}

/** Accounts of people and of keys, side by side: the id says which it is. */
export const withPeople = (keys: Accounts, { people, denials }: PersonAccountNeeds): Accounts & { signedIn(accountId: string): SignedIn | undefined } => {
  const livingOf = (id: string) => {
    const principal = people.get(id);
    return principal === undefined || denials.againstPerson(principal) !== undefined ? undefined : principal;
  };
  return {
    ...keys,
    isAccount(accountId) {
      const id = personIdIn(accountId);
      // A key that is good is of no use to whoever was disabled.
      return id === undefined ? keys.isAccount(accountId) && denials.againstPerson({ subject: keys.labelOf(accountId) }) === undefined : livingOf(id) !== undefined;
    },
    labelOf(accountId) {
      const id = personIdIn(accountId);
      return id === undefined ? keys.labelOf(accountId) : (people.get(id)?.subject ?? accountId);
    },
    claimsOf(accountId): JsonObject {
      const id = personIdIn(accountId);
      return id === undefined ? keys.claimsOf(accountId) : { [PERSON_ID]: id };
    },
    async withKey(request, key, server) {
      const signedIn = await keys.withKey(request, key, server);
      const denied = denials.againstPerson(signedIn.principal);
      if (denied !== undefined) throw new GatewayError('credential.invalid', { reason: denied });
      return signedIn;
    },
    signedIn(accountId) {
      const principal = livingOf(personIdIn(accountId) ?? '');
      return principal === undefined ? undefined : { accountId, principal };
    },
  };
};
