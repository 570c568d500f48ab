import type { Base } from '../../../planes/base.ts';
import type { StreamHolder } from '../../../ports/streams.ts';

/** Whether what opened a stream would open it again: a key by what is stored, a token by its time and what was denied, a certificate by both (K05, J15), and any of them by whose it is (R44). */
export const holderLives = ({ certificates, index, denials, world }: Pick<Base, 'certificates' | 'index' | 'denials' | 'world'>) => ({ subject, method, credentialId, certified, key, token, expiresAtMs }: StreamHolder): boolean => {
  if (denials.againstPerson({ subject, ...(token === undefined ? {} : { token }) }) !== undefined) return false;
  const now = world.clock.nowMs();
  if (certified !== undefined && certificates.fault(certified) !== undefined) return false;
  if (method === 'api-key') return index.isLive(credentialId, now);
  if (key !== undefined && !index.isLive(key, now)) return false;
  return (expiresAtMs === undefined || now < expiresAtMs) && (token === undefined || denials.against(token) === undefined);
};
