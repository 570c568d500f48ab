import { ConfigError } from '../../config/config-error.ts';
import { admitKey } from '../../stages/authenticate/issuer/admit-key.ts';
import type { Issuer } from '../../model/token/issuer.ts';

/**
 * A pinned key set is judged as a fetched one is; here there is no other to fall back on.
 * @throws ConfigError when none of its keys may be used
 */
export const refuseUnusableKeys = (issuers: readonly Issuer[]): void => {
  for (const { name, keySource } of issuers) {
    if (keySource.kind !== 'pinned') continue;
    const judged = keySource.keys.map(admitKey);
    if (judged.every((one) => typeof one === 'string')) throw new ConfigError('configuration', [{ path: `issuers.${name}.keys`, message: `has no key that may be used: ${judged.filter((one) => typeof one === 'string').join('; ')}` }]);
  }
};
