import { formatApiKey, type StoredKey } from '../../model/api-key.ts';
import { Secret } from '../../model/secret.ts';
import type { AdminNeeds } from '../needs.ts';

export type KeyFacts = Omit<StoredKey, 'id' | 'hash' | 'hint' | 'createdAtMs'>;

/** Makes a key out of what it is to be, with a secret that is in no store. */
export const makeKey = (facts: KeyFacts, { hasher, world }: Pick<AdminNeeds, 'hasher' | 'world'>): { readonly key: StoredKey; readonly secret: Secret } => {
  const secret = formatApiKey(facts.environment, world.random.bytes(32));
  const key: StoredKey = {
    id: `key_${Buffer.from(world.random.bytes(9)).toString('hex')}`,
    hash: hasher.hash(secret).toString('base64'),
    hint: `${secret.slice(0, 15)}…${secret.slice(-4)}`,
    ...facts,
    createdAtMs: world.clock.nowMs(),
  };
  return { key, secret: new Secret(secret) };
};
