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
  /** Whether a bearer that is no key may be something else: an opaque token, which looks like nothing. */
  readonly mayBeToken?: (request: Shielded) => boolean;
}

const rejected = (error: GatewayError): Proof => ({ kind: 'rejected', error });

const invalid = (reason: string): GatewayError => new GatewayError('credential.invalid', { reason });

/** What a key is judged by besides itself. */
interface Asked {
  readonly request: Shielded;
  readonly place: Presented['place'];
  readonly nowMs: number;
}

/** Why a found key opens nothing at all now, in words for the record; undefined when it does. No leeway: refused from `expiresAtMs` on (K06). */
const deathOf = (key: IndexedKey, nowMs: number): string | undefined => {
  if (key.revoked) return 'is revoked';
  if (key.closed !== undefined) return key.closed;
  return nowMs >= (key.principal.expiresAtMs ?? Number.POSITIVE_INFINITY) ? 'has expired' : undefined;
};

/** Whoever comes so far holds the key, and may be told where and when it is good: that helps nobody who does not hold it. */
const conditionOf = (key: IndexedKey, { request, place, nowMs }: Asked): GatewayError | undefined => {
  const id = key.principal.credentialId;
  if (key.headerOnly === true && place === 'query') return new GatewayError('credential.query-off', { reason: `key ${id} may not stand in the URL` });
  if (key.mayCallFrom !== undefined && !key.mayCallFrom(request.address)) return new GatewayError('credential.network', { reason: `key ${id} may not be used from ${request.address}` });
  if (key.hours === undefined || key.hours.hold(nowMs)) return undefined;
  return new GatewayError('credential.hours', { reason: `key ${id} is good ${key.hours.text}`, detail: `This key is good ${key.hours.text}.` });
};

/** Why a found key does not open this route now; undefined when it does. */
export const flawOf = (key: IndexedKey, asked: Asked): GatewayError | undefined => {
  const { request, nowMs } = asked;
  const { credentialId } = key.principal;
  const death = deathOf(key, nowMs);
  if (death !== undefined) return invalid(`key ${credentialId} ${death}`);
  if (key.environment !== undefined && key.environment !== request.route.environment) {
    return invalid(`key ${credentialId} is a ${key.environment} key, the server is ${request.route.environment}`);
  }
  return conditionOf(key, asked);
};

/**
 * API keys, ours and configured ones. Unknown, revoked, expired, disabled, quarantined and foreign-environment keys get the same answer
 * (K03); only the audit record knows which it was.
 */
export const buildApiKey = ({ index, hasher, clock, mayBeToken = () => false }: ApiKeyNeeds): Authenticator => {
  /** A key that is not remembered: hashed and looked up, unless its checksum says that it is none (K02). */
  const search = (presented: Presented): IndexedKey | GatewayError => {
    const { kind } = inspectApiKey(presented.value);
    if (kind === 'damaged') return invalid("the key's checksum is wrong");
    return index.find(hasher.hash(presented.value), kind === 'sound') ?? invalid('no such key');
  };
  const isLeft = (request: Shielded, { place, value }: Presented): boolean => place === 'bearer' && inspectApiKey(value).kind === 'foreign' && mayBeToken(request);
  return {
    scheme: 'api-key',
    authenticate(request: Shielded, presented: Presented): Proof {
      // A key proves no possession of anything but itself: under that scheme it is none (RFC 9449 §7.1).
      if (presented.place === 'dpop') return { kind: 'absent' };
      const digest = digestOf(presented.value);
      const known = index.recall(digest);
      const key = known ?? search(presented);
      if (key instanceof GatewayError) return isLeft(request, presented) ? { kind: 'absent' } : rejected(key);
      if (key.guessable && request.suspected) return rejected(invalid('a configured key from an address that guesses'));
      const flaw = flawOf(key, { request, place: presented.place, nowMs: clock.nowMs() });
      if (flaw !== undefined) return rejected(flaw);
      if (known === undefined) index.remember(digest, key);
      return { kind: 'proven', principal: key.principal };
    },
  };
};
