import type { KnownIssuer } from '../../model/token/denial.ts';
import { DAY_MS } from '../../model/duration.ts';
import { originsOf, publicUrlOf, type OriginSource } from '../origins.ts';

/** By what name the gateway's own tokens are known, wherever issuers are named. */
export const OWN_ISSUER = 'sallyport';

/** No access token of the gateway's own lives longer, whatever is configured for a client. */
export const LONGEST_OWN_TOKEN_MS = DAY_MS;

/** The issuer that the gateway itself is: the origin of the first listener that takes tokens. Undefined while it is none, or has no address yet. */
export const ownIssuerUrl = (config: OriginSource): string | undefined => {
  const origin = config.authority?.enabled === true ? originsOf(config).find(({ accept }) => accept.has('oauth')) : undefined;
  // `publicOriginOf` has no slash at its end, and RFC 8414 §3.3 compares byte for byte.
  return origin === undefined ? undefined : publicUrlOf(origin, '');
};

/** The names of all issuers whose tokens may be accepted, the gateway's own first. */
export const issuerNames = ({ issuers, authority }: Pick<OriginSource, 'issuers' | 'authority'>): readonly string[] => [...(authority?.enabled === true ? [OWN_ISSUER] : []), ...Object.keys(issuers)];

/** The gateway's own issuer as denials name it; none while it issues nothing. */
export const ownKnownIssuer = (config: OriginSource): readonly KnownIssuer[] => {
  const issuer = ownIssuerUrl(config);
  return issuer === undefined ? [] : [{ name: OWN_ISSUER, issuer, maxLifetimeMs: LONGEST_OWN_TOKEN_MS }];
};
