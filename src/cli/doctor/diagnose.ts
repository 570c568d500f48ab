import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { FetchError, type FetchedAnswer, type Network } from '../../ports/network.ts';

/** The first thing that a client would trip over. */
export interface Fault {
  readonly what: string;
  /** Where it is written how it should be. */
  readonly clause: string;
  /** Who can mend it. */
  readonly who: string;
}

export interface Diagnosis {
  /** What is well, in the order in which a client comes by it. */
  readonly passed: readonly string[];
  readonly fault?: Fault;
}

const SERVER = 'whoever runs the MCP server or the gateway before it';
const AUTHORITY = 'whoever runs the authorization server';

class Tripped extends Error {
  readonly fault: Fault;
  constructor(fault: Fault) {
    super(fault.what);
    this.fault = fault;
  }
}

const expect = (holds: boolean, fault: Fault): void => {
  if (!holds) throw new Tripped(fault);
};

const MOST_BYTES = 1_000_000;
const TIMEOUT_MS = 10_000;
/** What a client says first. */
export const OPENING = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'sallyport-doctor', version: '1' } } });

const ask = async (network: Network, url: string, fault: Omit<Fault, 'what'>): Promise<FetchedAnswer> => {
  const bounds = { maxBytes: MOST_BYTES, timeoutMs: TIMEOUT_MS };
  try {
    return await network.send({ url, method: 'GET', accept: ['application/json'], ...bounds });
  } catch (error) {
    // An address of one's own network is no fault of anybody's: it is only not asked because a document names it.
    if (error instanceof FetchError && error.kind === 'refused') throw new Tripped({ what: `${url} is not asked, because it is neither public https nor the host of the URL`, clause: 'RFC 9728 §7.7', who: 'nobody if clients can reach it: name the configuration of the gateway with -c if that names it, or look at it by hand' });
    if (error instanceof FetchError) throw new Tripped({ ...fault, what: `${url}: ${error.message}` });
    throw error;
  }
};

/** A document of metadata; undefined where there is none. */
const documentAt = async (network: Network, url: string, fault: Omit<Fault, 'what'>): Promise<JsonObject | undefined> => {
  const { status, body } = await ask(network, url, fault);
  if (status === 404) return undefined;
  expect(status === 200, { ...fault, what: `${url} answers ${String(status)}: it must be the document itself, without a redirect or a login` });
  try {
    const value = JSON.parse(body.toString('utf8')) as JsonValue; // JSON is JSON
    if (isJsonObject(value)) return value;
  } catch {
    // Said below, for what is no JSON and what is no object alike.
  }
  throw new Tripped({ ...fault, what: `${url} is no JSON object` });
};

const challengeOf = async (network: Network, url: URL): Promise<string> => {
  const { status, headers } = await network.send({ url: url.href, method: 'POST', headers: { 'content-type': 'application/json' }, body: OPENING, accept: ['application/json', 'text/event-stream'], maxBytes: MOST_BYTES, timeoutMs: TIMEOUT_MS });
  expect(status === 401, { what: `a call without a credential is answered with ${String(status)}, so that no client begins to sign in`, clause: 'RFC 9728 §5.1', who: SERVER });
  const document = /(?:^|[\s,])resource_metadata="([^"]+)"/i.exec(headers['www-authenticate'] ?? '')?.[1];
  if (document !== undefined && URL.canParse(document)) return document;
  throw new Tripped({ what: 'the 401 does not say where to sign in: WWW-Authenticate has no resource_metadata (where keys alone are accepted that is right)', clause: 'RFC 9728 §5.1', who: SERVER });
};

const issuerOf = async (network: Network, url: URL, document: string): Promise<string> => {
  const at = { clause: 'RFC 9728 §3.3', who: SERVER };
  const resource = await documentAt(network, document, at);
  const named = resource?.['resource'];
  expect(named === url.href, { ...at, what: `${document} is about ${typeof named === 'string' ? named : 'nothing'}, and not about ${url.href}: clients compare the two` });
  const issuers = resource?.['authorization_servers'];
  const issuer = Array.isArray(issuers) ? issuers.find((one) => typeof one === 'string' && URL.canParse(one)) : undefined;
  if (typeof issuer === 'string') return issuer;
  throw new Tripped({ what: `${document} names no authorization server`, clause: 'RFC 9728 §2', who: SERVER });
};

/** Where the metadata of an issuer may be: before its path (RFC 8414 §3.1), and for OpenID behind it. */
const placesOf = (issuer: string): readonly string[] => {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  const places = [`${origin}/.well-known/oauth-authorization-server${path}`, `${origin}/.well-known/openid-configuration${path}`];
  return path === '' ? places : [...places, `${origin}${path}/.well-known/openid-configuration`];
};

const metadataOf = async (network: Network, issuer: string): Promise<JsonObject> => {
  const at = { clause: 'RFC 8414 §3', who: AUTHORITY };
  for (const place of placesOf(issuer)) {
    const found = await documentAt(network, place, at);
    if (found !== undefined) return found;
  }
  throw new Tripped({ ...at, what: `${issuer} has no metadata at ${placesOf(issuer).join(', ')}` });
};

const checkMetadata = (metadata: JsonObject, issuer: string): void => {
  expect(metadata['issuer'] === issuer, { what: `the metadata of ${issuer} is of another issuer`, clause: 'RFC 8414 §3.3', who: AUTHORITY });
  const missing = ['authorization_endpoint', 'token_endpoint'].find((name) => typeof metadata[name] !== 'string');
  expect(missing === undefined, { what: `the metadata has no ${missing ?? ''}`, clause: 'RFC 8414 §2', who: AUTHORITY });
  const methods = metadata['code_challenge_methods_supported'];
  expect(Array.isArray(methods) && methods.includes('S256'), { what: 'the metadata does not say that PKCE with S256 is supported, and MCP clients go no further', clause: 'RFC 7636 §4.2, RFC 8414 §2', who: AUTHORITY });
};

const waysToRegister = (metadata: JsonObject): string => {
  const ways = [...(metadata['client_id_metadata_document_supported'] === true ? ['by a document of their own'] : []), ...(typeof metadata['registration_endpoint'] === 'string' ? ['by registering'] : [])];
  expect(ways.length > 0, { what: 'clients can neither register nor bring a document of their own: each must be given a client id by hand', clause: 'RFC 7591 §3', who: AUTHORITY });
  return ways.join(' or ');
};

/** Goes the way of a client that knows nothing but the URL, up to where a person would be asked. @throws FetchError where the server itself cannot be asked */
export const diagnose = async (url: URL, network: Network): Promise<Diagnosis> => {
  const passed: string[] = [];
  try {
    const document = await challengeOf(network, url);
    passed.push('a call without a credential is refused, and says where to sign in');
    const issuer = await issuerOf(network, url, document);
    passed.push(`the metadata of the server names ${issuer}`);
    const metadata = await metadataOf(network, issuer);
    checkMetadata(metadata, issuer);
    passed.push('the metadata of the authorization server is its own, with PKCE');
    passed.push(`clients make themselves known ${waysToRegister(metadata)}`);
    return { passed };
  } catch (error) {
    if (error instanceof Tripped) return { passed, fault: error.fault };
    throw error;
  }
};
