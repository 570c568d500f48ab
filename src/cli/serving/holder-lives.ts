import type { Base } from '../../planes/base.ts';
import type { StreamHolder } from '../../ports/streams.ts';

/** Whether what opened a stream would open it again: a key by what is stored, a token by its time and what was denied (K05, J15). */
export const holderLives = ({ index, denials, world }: Pick<Base, 'index' | 'denials' | 'world'>) => ({ method, credentialId, key, token, expiresAtMs }: StreamHolder): boolean => {
  const now = world.clock.nowMs();
  if (method === 'api-key') return index.isLive(credentialId, now);
  if (key !== undefined && !index.isLive(key, now)) return false;
  return (expiresAtMs === undefined || now < expiresAtMs) && (token === undefined || denials.against(token) === undefined);
};
