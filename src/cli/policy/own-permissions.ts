import { CONFIGURED_KEY_ID, type ConfiguredKey } from '../../model/api-key.ts';
import type { ApiKeyStore } from '../../ports/store.ts';
import type { KeyHasher } from '../../stages/authenticate/key-index.ts';
import type { OwnPermissions } from './past-call.ts';

/** The id by which records call a key of `MCP_API_KEYS`. */
const idOf = ({ key }: ConfiguredKey, hasher: KeyHasher): string => `${CONFIGURED_KEY_ID}${(key.kind === 'plain' ? hasher.hash(key.text) : hasher.hashDigest(Buffer.from(key.hex, 'hex'))).toString('hex', 0, 8)}`;

/** What today's keys hold by themselves, by the id that records call them. Asked for once each: a trail names few keys many times. */
export const ownPermissions = (stored: Pick<ApiKeyStore, 'get'>, configured: readonly ConfiguredKey[], hasher: KeyHasher): OwnPermissions => {
  const held = new Map<string, readonly string[] | undefined>(configured.map((key) => [idOf(key, hasher), key.permissions]));
  return (id) => {
    if (!held.has(id)) held.set(id, stored.get(id)?.permissions);
    return held.get(id);
  };
};
