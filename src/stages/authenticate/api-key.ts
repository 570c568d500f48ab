import { GatewayError } from '../../errors/gateway-error.ts';
import { inspectApiKey } from '../../model/api-key.ts';
import type { Shielded } from '../../model/exchange.ts';
import type { Authenticator, Presented, Proof } from '../../ports/authenticator.ts';
import type { Clock } from '../../ports/world.ts';
import { digestOf, type IndexedKey, type KeyHasher, type KeyIndex } from './key-index.ts';

export interface ApiKeyNeeds {
  readonly index: KeyIndex;
  readonly hasher: KeyHasher;
  readonly clock: Pick<Clock, 'nowMs'>;
}

const rejected = (reason: string): Proof => ({ kind: 'rejected', error: new GatewayError('credential.invalid', { reason }) });

/** Why a found key does not open this route now; undefined when it does. No leeway: refused from `expiresAtMs` on (K06). */
const flawOf = (key: IndexedKey, request: Shielded, nowMs: number): string | undefined => {
  if (key.revoked) return `key ${key.principal.credentialId} is revoked`;
  if (nowMs >= (key.principal.expiresAtMs ?? Number.POSITIVE_INFINITY)) return `key ${key.principal.credentialId} has expired`;
  if (key.environment !== undefined && key.environment !== request.route.environment) {
    return `key ${key.principal.credentialId} is a ${key.environment} key, the server is ${request.route.environment}`;
  }
  return undefined;
};

/** Looks a key up by its keyed hash; undefined when there is none. */
const search = ({ index, hasher }: ApiKeyNeeds, presented: Presented): IndexedKey | undefined => index.find(hasher.hash(presented.value));

/**
 * API keys, ours and configured ones. Unknown, revoked, expired and foreign-environment keys get the same answer (K03);
 * only the audit record knows which it was.
 */
export const buildApiKey = (needs: ApiKeyNeeds): Authenticator => {
  const { index, clock } = needs;
  return {
    scheme: 'api-key',
    authenticate(request: Shielded, presented: Presented): Proof {
      const digest = digestOf(presented.value);
      const known = index.recall(digest);
      if (known === undefined && inspectApiKey(presented.value).kind === 'damaged') return rejected("the key's checksum is wrong");
      const key = known ?? search(needs, presented);
      if (key === undefined) return rejected('no such key');
      if (key.guessable && request.suspected) return rejected('a configured key from an address that guesses');
      const flaw = flawOf(key, request, clock.nowMs());
      if (flaw !== undefined) return rejected(flaw);
      if (known === undefined) index.remember(digest, key);
      return { kind: 'proven', principal: key.principal };
    },
  };
};
