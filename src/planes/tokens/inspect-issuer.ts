import { discover, metadataUrls } from '../../stages/authenticate/issuer/discover.ts';
import { admitKey } from '../../stages/authenticate/issuer/admit-key.ts';
import { fetchJson, type FetchNeeds } from '../../stages/authenticate/issuer/fetch-json.ts';
import { TokenFlaw } from '../../stages/authenticate/token/flaw.ts';
import { buildIntrospect } from '../../stages/authenticate/token/introspect.ts';
import { readIssuerJson } from './issuer-json.ts';
import type { Issuer } from '../../model/token/issuer.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import type { Network } from '../../ports/network.ts';

/** One step of looking at an issuer or a token: what was done, what came of it, and the clause that says what should have. */
export interface Step {
  readonly what: string;
  readonly outcome: 'good' | 'bad' | 'note';
  readonly says: string;
  readonly clause: string;
}

export interface InspectNeeds {
  readonly network: Network;
  readonly clock: { nowMs(): number };
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : 'something odd was thrown');

const fetching = ({ network }: InspectNeeds): FetchNeeds => ({ network, readJson: readIssuerJson });

const findMetadata = async (issuer: Issuer, ways: readonly ('oidc' | 'oauth')[], needs: InspectNeeds): Promise<{ readonly step: Step; readonly jwksUri?: string }> => {
  const clause = 'OpenID Connect Discovery §4, RFC 8414 §3';
  try {
    const { url, jwksUri } = await discover(issuer, ways, fetching(needs));
    return { step: { what: 'metadata', outcome: 'good', says: url, clause }, jwksUri };
  } catch (error) {
    return { step: { what: 'metadata', outcome: 'bad', says: `${wordsOf(error)} (tried ${metadataUrls(issuer.issuer, ways).join(', ')})`, clause } };
  }
};

const keySteps = (document: JsonObject, from: string): readonly Step[] => {
  const clause = 'RFC 7517 §4, RFC 8725 §3.5';
  const list: unknown = document['keys'];
  if (!Array.isArray(list)) return [{ what: 'keys', outcome: 'bad', says: `${from} has no keys`, clause: 'RFC 7517 §5' }];
  const jwks: readonly unknown[] = list;
  const judged = jwks.map((jwk) => (isJsonObject(jwk) ? admitKey(jwk) : 'something that is no object'));
  const good = judged.filter((one) => typeof one !== 'string');
  const skipped = judged.filter((one) => typeof one === 'string');
  return [
    { what: 'keys', outcome: good.length === 0 ? 'bad' : 'good', says: `${from}: ${String(good.length)} that may be used${good.length === 0 ? '' : ` (${good.map(({ keyId, algorithms }) => `${keyId ?? 'no kid'}: ${algorithms[0] ?? ''}`).join(', ')})`}`, clause },
    ...skipped.map((why): Step => ({ what: 'keys', outcome: 'note', says: `${why} is not used`, clause })),
  ];
};

const inspectKeys = async (issuer: Issuer, needs: InspectNeeds): Promise<readonly Step[]> => {
  const { keySource } = issuer;
  if (keySource.kind === 'none') return [{ what: 'keys', outcome: 'note', says: 'none are looked for: its tokens are asked about', clause: 'RFC 7662' }];
  if (keySource.kind === 'pinned') return keySteps({ keys: keySource.keys }, 'pinned');
  const found = keySource.kind === 'jwks' ? { jwksUri: keySource.uri } : await findMetadata(issuer, keySource.ways, needs);
  const before = 'step' in found ? [found.step] : [];
  if (found.jwksUri === undefined) return before;
  try {
    return [...before, ...keySteps(await fetchJson(found.jwksUri, fetching(needs)), found.jwksUri)];
  } catch (error) {
    return [...before, { what: 'keys', outcome: 'bad', says: wordsOf(error), clause: 'RFC 7517 §5' }];
  }
};

/** A token that cannot be anybody's must be called inactive: that shows that the endpoint knows us. */
const inspectIntrospection = async (issuer: Issuer, { network, clock }: InspectNeeds): Promise<readonly Step[]> => {
  if (issuer.introspection === undefined) return [];
  const { url } = issuer.introspection;
  const about = { what: 'introspection', clause: 'RFC 7662 §2' };
  const ask = buildIntrospect({ issuers: [issuer], network, clock, readJson: readIssuerJson });
  try {
    await ask('a-token-that-nobody-has-issued', { issuers: new Set([issuer.name]), audience: new Set(), bound: 'optional', nonce: false, withKey: false });
    return [{ ...about, outcome: 'bad', says: `${url} calls a made-up token active` }];
  } catch (error) {
    const good = error instanceof TokenFlaw && error.kind !== 'unchecked';
    return [{ ...about, outcome: good ? 'good' : 'bad', says: good ? `${url} answers` : wordsOf(error) }];
  }
};

/** Walks from the issuer's name to its keys, and to its introspection endpoint where there is one. */
export const inspectIssuer = async (issuer: Issuer, needs: InspectNeeds): Promise<readonly Step[]> => [...(await inspectKeys(issuer, needs)), ...(await inspectIntrospection(issuer, needs))];
