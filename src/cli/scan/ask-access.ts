import type { JsonValue } from '../../model/json.ts';
import { isJsonObject } from '../../model/json.ts';
import { FetchError, type FetchedAnswer, type Network } from '../../ports/network.ts';
import type { AccessFacts } from '../../scan/server/remark.ts';
import { LOOPBACK_NAME } from '../../config/origins.ts';
import { diagnose, OPENING } from '../doctor/diagnose.ts';

const BOUNDS = { maxBytes: 1_000_000, timeoutMs: 15_000 };

/** Where a client may put a token, and should not. What is put there was never issued by anybody. */
const PARAMETERS = ['access_token', 'token', 'api_key', 'apikey', 'key'];
const MADE_UP = 'made-up-by-sallyport-scan';

const open = (network: Network, url: URL): Promise<FetchedAnswer> =>
  network.send({ url: url.href, method: 'POST', headers: { 'content-type': 'application/json' }, body: OPENING, accept: ['application/json', 'text/event-stream'], ...BOUNDS });

const withParameter = (url: URL, name: string): URL => {
  const next = new URL(url);
  next.searchParams.set(name, MADE_UP);
  return next;
};

const INVALID = /\berror="?invalid_token/;

/** A token that nobody issued is called invalid where it is read, and where it is not, the answer is as without it. */
const isRead = (bare: FetchedAnswer, given: FetchedAnswer): boolean =>
  bare.status === 401 && (Math.floor(given.status / 100) === 2 || (INVALID.test(given.headers['www-authenticate'] ?? '') && !INVALID.test(bare.headers['www-authenticate'] ?? '')));

const parametersRead = async (network: Network, url: URL, bare: FetchedAnswer): Promise<readonly string[]> => {
  const read: string[] = [];
  for (const name of PARAMETERS) if (isRead(bare, await open(network, withParameter(url, name)))) read.push(name);
  return read;
};

/** Whether the metadata of the resource says that tokens may stand in the query (RFC 9728 §2). */
const saysQuery = async (network: Network, { origin, pathname }: URL): Promise<boolean> => {
  for (const place of [`${origin}/.well-known/oauth-protected-resource${pathname.replace(/\/$/, '')}`, `${origin}/.well-known/oauth-protected-resource`]) {
    try {
      const { status, body } = await network.send({ url: place, method: 'GET', accept: ['application/json'], ...BOUNDS });
      const value = status === 200 ? (JSON.parse(body.toString('utf8')) as JsonValue) : null; // JSON is JSON
      const methods = isJsonObject(value) ? value['bearer_methods_supported'] : undefined;
      if (Array.isArray(methods) && methods.includes('query')) return true;
    } catch (error) {
      if (!(error instanceof FetchError || error instanceof SyntaxError)) throw error;
    }
  }
  return false;
};

/**
 * Asks a server for what it tells those without a credential.
 * @param tools how many it has told, where it has told them
 * @throws FetchError
 */
export const askAccess = async (url: URL, tools: number | undefined, network: Network): Promise<AccessFacts> => {
  const bare = await open(network, url);
  const refused = tools === undefined && bare.status === 401;
  return {
    url, tools,
    isLocal: LOOPBACK_NAME.test(url.hostname),
    status: bare.status,
    challenge: bare.headers['www-authenticate'],
    fault: refused ? (await diagnose(url, network)).fault : undefined,
    inQuery: refused ? await parametersRead(network, url, bare) : [],
    saysQuery: await saysQuery(network, url),
  };
};
