import { lookup as systemLookup } from 'node:dns/promises';
import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { FetchError, type FetchedAnswer, type Network, type OutgoingRequest } from '../../ports/network.ts';
import type { Clock } from '../../ports/world.ts';
import { HostSlots } from './host-slots.ts';
import { isPublicAddress } from './public-address.ts';
import { readAnswer } from './read-answer.ts';
import { readTarget, type Target } from './read-target.ts';

export interface GuardedNetworkOptions {
  /** `host:port` entries that may be http and private, for development and for providers of one's own network. */
  readonly allow: readonly string[];
}

export interface GuardedNetworkNeeds {
  readonly clock: Pick<Clock, 'after'>;
  /** All addresses of a name; the system's resolver unless given. */
  readonly resolve?: (name: string) => Promise<readonly string[]>;
  /** Which addresses are anybody's; the registries unless given. */
  readonly isPublic?: (address: string) => boolean;
  /** Certificates to trust in place of the system's. */
  readonly ca?: string;
}

/** Set by the network alone; a cookie is nobody's to send. */
const OURS: ReadonlySet<string> = new Set(['host', 'accept', 'accept-encoding', 'content-length', 'connection', 'transfer-encoding', 'cookie', 'te', 'upgrade', 'expect', 'proxy-authorization']);

const resolveBySystem = async (name: string): Promise<readonly string[]> => (await systemLookup(name, { all: true })).map(({ address }) => address);

/** Hands the socket the addresses that were checked and asks nobody again: a name that changes its answer gains nothing (rebinding). */
const checkedLookup = (addresses: readonly string[]): LookupFunction => (_name, options, callback) => {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  const [first = { address: '', family: 0 }] = found;
  if (options.all === true) callback(null, found);
  else callback(null, first.address, first.family);
};

/** Rejects as soon as the signal is aborted; what goes on behind it is nobody's any more. */
const orAborted = <Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> =>
  new Promise((resolve, reject) => {
    const aborted = (): void => reject(signal.reason instanceof Error ? signal.reason : new FetchError('failed', 'given up'));
    if (signal.aborted) aborted();
    signal.addEventListener('abort', aborted, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted));
  });

const headersFor = (target: Target, request: OutgoingRequest): Record<string, string> => {
  const odd = Object.keys(request.headers ?? {}).find((name) => OURS.has(name.toLowerCase()));
  if (odd !== undefined) throw new FetchError('refused', `the header ${odd} is the network's own`);
  return {
    ...request.headers,
    host: target.authority,
    accept: request.accept.join(', '),
    'accept-encoding': 'gzip',
    ...(request.body === undefined ? {} : { 'content-length': String(Buffer.byteLength(request.body)) }),
  };
};

const answerOf = (sent: ClientRequest, body: string | undefined): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    sent.once('response', resolve);
    sent.once('upgrade', () => reject(new FetchError('unfit', 'the answer switches protocols')));
    sent.on('error', reject);
    sent.end(body);
  });

/** Why a connection failed, by its code: what a person can act on. */
const described = (error: unknown): FetchError => {
  if (error instanceof FetchError) return error;
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
  return new FetchError('failed', `the host could not be asked (${code})`, error);
};

/**
 * The way out: https to public addresses, checked before the first byte and connected to as checked. No redirect is followed, nothing
 * of the environment is asked for a proxy, no connection is kept, and everything has a bound (attacks.md group C).
 */
export const buildGuardedNetwork = (options: GuardedNetworkOptions, needs: GuardedNetworkNeeds): Network => {
  const { resolve = resolveBySystem, isPublic = isPublicAddress, clock } = needs;
  const allow = new Set(options.allow.map((entry) => entry.toLowerCase()));
  const slots = new HostSlots();
  // Agents of our own: Node's global ones may take a proxy from the environment.
  const [plain, secure] = [new HttpAgent({ keepAlive: false }), new HttpsAgent({ keepAlive: false })];

  const addressesOf = async (target: Target, signal: AbortSignal): Promise<readonly string[]> => {
    const addresses = target.isAddress ? [target.host] : await orAborted(resolve(target.host), signal);
    if (addresses.length === 0) throw new FetchError('failed', 'the name has no address');
    // All of them: with one public answer among private ones, which is taken is the answerer's choice.
    if (!target.allowed && !addresses.every(isPublic)) throw new FetchError('refused', 'the host is not on the public internet, and fetch.allow does not name it');
    return addresses;
  };

  const connectTo = (target: Target, addresses: readonly string[], request: OutgoingRequest, signal: AbortSignal): ClientRequest => {
    const parts: RequestOptions = { host: target.host, port: target.port, path: target.path, method: request.method, headers: headersFor(target, request), lookup: checkedLookup(addresses), maxHeaderSize: 16 * 1024, signal };
    if (!target.tls) return httpRequest({ ...parts, agent: plain });
    // Said here, because a variable of the environment can switch the check off for everybody who says nothing.
    const tls = { rejectUnauthorized: true, minVersion: 'TLSv1.2', ...(target.isAddress ? {} : { servername: target.host }), ...(needs.ca === undefined ? {} : { ca: needs.ca }) } as const;
    return httpsRequest({ ...parts, ...tls, agent: secure });
  };

  const exchange = async (target: Target, request: OutgoingRequest, signal: AbortSignal): Promise<FetchedAnswer> => {
    const addresses = await addressesOf(target, signal);
    const sent = connectTo(target, addresses, request, signal);
    try {
      return await orAborted(answerOf(sent, request.body).then((message) => readAnswer(message, request)), signal);
    } finally {
      sent.destroy();
    }
  };

  return {
    async send(request) {
      const bound = new AbortController();
      const cancel = clock.after(request.timeoutMs, () => bound.abort(new FetchError('failed', `no answer within ${String(request.timeoutMs)} ms`)));
      const signal = request.signal === undefined ? bound.signal : AbortSignal.any([bound.signal, request.signal]);
      try {
        const target = readTarget(request.url, allow);
        return await slots.run(target.authority, signal, () => exchange(target, request, signal));
      } catch (error) {
        throw described(bound.signal.aborted ? bound.signal.reason : error);
      } finally {
        cancel();
      }
    },
  };
};
