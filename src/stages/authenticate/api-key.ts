import { GatewayError } from '../../errors/gateway-error.ts';
import { inspectApiKey } from '../../model/api-key.ts';
import type { Shielded } from '../../model/exchange.ts';
import type { Authenticator, Presented, Proof } from '../../ports/authenticator.ts';
import type { Clock } from '../../ports/world.ts';
import type { IndexedKey, KeyHasher, KeyIndex } from './key-index.ts';

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

/**
 * API keys, ours and configured ones. Unknown, revoked, expired and foreign-environment keys get the same answer (K03);
 * only the audit record knows which it was.
 */
export const buildApiKey = ({ index, hasher, clock }: ApiKeyNeeds): Authenticator => ({
  scheme: 'api-key',
  authenticate(request: Shielded, presented: Presented): Proof {
    const shape = inspectApiKey(presented.value);
    if (shape.kind === 'damaged') return rejected('the key\'s checksum is wrong');
    const key = index.find(hasher.hash(presented.value));
    if (key === undefined) return rejected('no such key');
    if (key.guessable && request.suspected) return rejected('a configured key from an address that guesses');
    const flaw = flawOf(key, request, clock.nowMs());
    return flaw === undefined ? { kind: 'proven', principal: key.principal } : rejected(flaw);
  },
});
