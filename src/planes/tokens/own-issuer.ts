import type { SigningKeys } from '../../authority/keys/signing-keys.ts';
import { LONGEST_OWN_TOKEN_MS, OWN_ISSUER, ownIssuerUrl } from '../../config/authority/own-issuer.ts';
import type { Config } from '../../config/schema.ts';
import type { Issuer } from '../../model/token/issuer.ts';
import { profileOf } from '../../model/token/token-profile.ts';
import type { Log } from '../../ports/world.ts';
import { KeySet } from '../../stages/authenticate/issuer/key-set.ts';
import { KEY_CLAIM, PERSON_CLAIM } from '../../stages/authenticate/token/own-token.ts';
import type { TrustedIssuer } from '../../stages/authenticate/token/verify-jwt.ts';

/** The claim in which an access token names the key that its person signed in with. */
export const KEY_ID = 'sallyport_key';

/** The claim in which one names the person who signed in at a provider. */
export const PERSON_ID = 'sallyport_person';

const issuerOf = (issuer: string): Issuer => ({
  name: OWN_ISSUER,
  issuer,
  profile: { ...profileOf('rfc9068'), algorithms: ['ES256'] },
  algorithms: new Set(['ES256']),
  keySource: { kind: 'none' },
  maxLifetimeMs: LONGEST_OWN_TOKEN_MS,
  // Another process over the same data may be a little ahead.
  leewayMs: 5_000,
  extraClaims: new Map([[KEY_CLAIM, KEY_ID], [PERSON_CLAIM, PERSON_ID]]),
  emailDomains: new Set(),
  roleMap: new Map(),
  everyone: [],
});

/** The gateway's own issuer; its keys are in memory, and nobody is asked for them by HTTP. Undefined while it issues nothing. */
export const ownTrustedIssuer = (config: Config, { signingKeys, log }: { readonly signingKeys: Pick<SigningKeys, 'current'>; readonly log: Log }): TrustedIssuer | undefined => {
  const url = ownIssuerUrl(config);
  if (url === undefined) return undefined;
  const issuer = issuerOf(url);
  const set = new KeySet();
  let taken: object | undefined;
  const upToDate = (): KeySet => {
    const current = signingKeys.current();
    if (current !== taken) {
      set.replace({ keys: current.published }, log, issuer);
      taken = current;
    }
    return set;
  };
  return { issuer, keys: { issuer, usable: true, complaint: undefined, lookUp: async (keyId, algorithm) => upToDate().find(keyId, algorithm) } };
};
