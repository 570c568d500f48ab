import { isIP } from 'node:net';
import { FetchError } from '../../ports/network.ts';

/** Where a request goes, once its URL has been found to say one thing to every reader. */
export interface Target {
  readonly tls: boolean;
  /** A name or an address; IPv6 without brackets. */
  readonly host: string;
  readonly isAddress: boolean;
  readonly port: number;
  /** As in the Host header: the port only where it is not the scheme's. */
  readonly authority: string;
  /** Path and query. */
  readonly path: string;
  /** Named in `fetch.allow`: may be plain http and any address. */
  readonly allowed: boolean;
}

/** Where https is served; anything else could be any protocol, which must not be talked to from the inside. */
const PORTS: ReadonlySet<number> = new Set([443, 8443]);
const MAX_URL = 2_048;

/** Scheme, host, port, path and query, all printable ASCII: no user, no backslash, no fragment, no percent sign in the host. */
const SHAPE = /^(https?):\/\/([a-z0-9.-]+|\[[0-9a-f:]+\])(?::([1-9]\d{0,4}))?((?:[/?][!$-;=?-[\]_a-z~]*)?)$/i;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

const refuse = (why: string): never => {
  throw new FetchError('refused', why);
};

const isName = (host: string): boolean => host.length <= 253 && host.split('.').every((label) => LABEL.test(label));

/** The parts of a URL, where the parser's reading is the writer's: one that was normalised had another spelling (S04). */
const partsOf = (text: string): { readonly url: URL; readonly written: string } => {
  const [, , host = ''] = (text.length <= MAX_URL ? SHAPE.exec(text) : null) ?? refuse('the URL is not a plain http or https URL: no user, fragment, backslash or space, and at most 2048 characters');
  const url = URL.canParse(text) ? new URL(text) : refuse('the URL cannot be read');
  const written = host.toLowerCase();
  if (url.hostname !== written) refuse('the host of the URL is not in its one plain spelling');
  return { url, written };
};

/**
 * Reads where a URL leads, and refuses what cannot be public by its spelling alone; nothing is resolved here.
 * @param allow `host:port` entries that are excepted, as the configuration writes them
 * @throws FetchError `refused`
 */
export const readTarget = (text: string, allow: ReadonlySet<string>): Target => {
  const { url, written } = partsOf(text);
  const tls = url.protocol === 'https:';
  const port = url.port === '' ? (tls ? 443 : 80) : Number(url.port);
  const host = written.startsWith('[') ? written.slice(1, -1) : written;
  const isAddress = isIP(host) !== 0;
  const allowed = allow.has(`${written}:${String(port)}`);
  if (!isAddress && !isName(host)) refuse('the host of the URL is no name');
  if (!allowed && !tls) refuse('the URL is http: only https is fetched, unless fetch.allow names the host and port');
  if (!allowed && !PORTS.has(port)) refuse(`port ${String(port)} is not one of ${[...PORTS].join(' and ')}, and fetch.allow does not name the host and port`);
  if (!allowed && !isAddress && !host.includes('.')) refuse('the host of the URL is a name of this network, and fetch.allow does not name it');
  return { tls, host, isAddress, port, authority: url.host, path: `${url.pathname}${url.search}`, allowed };
};
