import type { Issuer } from '../../../model/token/issuer.ts';
import type { JsonObject } from '../../../model/json.ts';
import { fetchJson, type FetchNeeds } from './fetch-json.ts';

/** What an issuer says of itself that is used here. */
export interface IssuerMetadata {
  readonly jwksUri: string;
  /** Where it was found, and the whole of it. */
  readonly url: string;
  readonly document: JsonObject;
}

const withoutSlash = (path: string): string => (path.endsWith('/') ? path.slice(0, -1) : path);

/**
 * Where the metadata of an issuer may be: OpenID Connect Discovery §4 appends to the issuer, RFC 8414 §3.1 puts the well-known part before
 * its path.
 */
export const metadataUrls = (issuer: string, ways: readonly ('oidc' | 'oauth')[]): readonly string[] => {
  const { origin, pathname } = new URL(issuer);
  const path = withoutSlash(pathname);
  const at = { oidc: `${origin}${path}/.well-known/openid-configuration`, oauth: `${origin}/.well-known/oauth-authorization-server${path}` };
  return ways.map((way) => at[way]);
};

/** An endpoint of an issuer is on its own host, or on one that its profile or the configuration names: metadata is no way to send us anywhere (S07). */
const refuseElsewhere = (uri: string, { issuer, profile }: Pick<Issuer, 'issuer' | 'profile'>): void => {
  const [own, its] = [new URL(issuer), new URL(uri)];
  if (its.protocol !== own.protocol) throw new Error(`its jwks_uri is ${its.protocol.slice(0, -1)} and the issuer is ${own.protocol.slice(0, -1)}`);
  if (its.host !== own.host && !profile.keyHosts.includes(its.host)) throw new Error(`its jwks_uri is on another host, ${its.host}: name it under keyHosts if that is right`);
};

const judge = (document: JsonObject, url: string, about: Pick<Issuer, 'issuer' | 'profile'>): IssuerMetadata => {
  // RFC 8414 §3.3, OpenID Connect Discovery §4.3: whoever answers for another issuer is not to be used.
  if (document['issuer'] !== about.issuer) throw new Error(`${url} is about another issuer: it says ${JSON.stringify(document['issuer'])?.slice(0, 200) ?? 'nothing'} (RFC 8414 §3.3)`);
  const jwksUri = document['jwks_uri'];
  if (typeof jwksUri !== 'string' || !URL.canParse(jwksUri)) throw new Error(`${url} names no jwks_uri (RFC 8414 §2)`);
  refuseElsewhere(jwksUri, about);
  return { jwksUri, url, document };
};

/**
 * Finds the metadata of an issuer.
 * @throws Error with what each place said
 */
export const discover = async (about: Pick<Issuer, 'issuer' | 'profile'>, ways: readonly ('oidc' | 'oauth')[], needs: FetchNeeds): Promise<IssuerMetadata> => {
  const reasons: string[] = [];
  for (const url of metadataUrls(about.issuer, ways)) {
    try {
      return judge(await fetchJson(url, needs), url, about);
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : 'something odd was thrown');
    }
  }
  throw new Error(reasons.join('; '));
};
