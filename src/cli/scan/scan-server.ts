import { buildGuardedNetwork } from '../../adapters/network/guarded-network.ts';
import { listOverHttp, listOverStdio, type ServerLists } from '../../adapters/scanned/list-server.ts';
import { tlsFacts } from '../../adapters/scanned/tls-facts.ts';
import type { LeftOut } from '../../adapters/scanned/walk-files.ts';
import { realClock } from '../../adapters/world/world.ts';
import { LOOPBACK_NAME } from '../../config/origins.ts';
import { printable } from '../../model/redaction.ts';
import { FetchError, type Network } from '../../ports/network.ts';
import { isNamedSecret } from '../../scan/detectors/named.ts';
import { judgeAccess } from '../../scan/server/judge-access.ts';
import { judgeTls } from '../../scan/server/judge-tls.ts';
import type { Remark } from '../../scan/server/remark.ts';
import { CliError, EXIT } from '../exit.ts';
import { readKeyFrom, readNamed } from '../key-from.ts';
import type { Terminal } from '../terminal.ts';
import { askAccess } from './ask-access.ts';
import { shownCommand } from './shown-command.ts';

export interface ServerOptions {
  readonly server?: string;
  readonly keyFrom?: string;
  readonly ca?: string;
}

/** What was seen of a server. */
export interface SeenServer {
  /** Its URL, or the command that starts it. */
  readonly path: string;
  readonly remarks: readonly Remark[];
  readonly listed: readonly ServerLists[];
  readonly leftOut: readonly LeftOut[];
}

const LONGEST_MS = 120_000;

/** Within a time in which a package is fetched and a server has started. */
const bounded = async <Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> => {
  const bound = new AbortController();
  const cancel = realClock.after(LONGEST_MS, () => bound.abort(new Error(`no answer within ${String(LONGEST_MS / 1000)} seconds`)));
  try {
    return await work(bound.signal);
  } finally {
    cancel();
  }
};

const wrong = (message: string, cure: string): CliError => new CliError(message, { exitCode: EXIT.usage, cure });

const urlOf = (text: string, keyFrom: string | undefined): URL => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) throw wrong(`${printable(text)} is no URL of an MCP server`, 'sallyport scan --server https://mcp.company.com/mcp   or, over stdio, sallyport scan -- COMMAND');
  if (url.username !== '' || url.password !== '' || [...url.searchParams.keys()].some((name) => isNamedSecret(name) || name === 'key')) throw wrong('a credential in the URL can be read in the list of processes', 'leave it out and add --key-from env:NAME');
  if (keyFrom !== undefined && url.protocol === 'http:' && !LOOPBACK_NAME.test(url.hostname)) throw wrong('http:// to another machine would show the key to everybody on the way', 'leave --key-from out, or write https://');
  return url;
};

/** Keys of ours have a header of their own; what else opens MCP servers is a bearer. */
const headerOf = (key: string): Readonly<Record<string, string>> => (key.startsWith('sally_') ? { 'x-api-key': key } : { authorization: `Bearer ${key}` });

const unreachable = (path: string, cause: unknown, cure: string): CliError =>
  new CliError(`${printable(path)} does not answer as an MCP server: ${printable(cause instanceof Error ? cause.message : 'unknown').slice(0, 300)}`, { exitCode: EXIT.unreachable, cure, cause });

const remarksOfTls = async (url: URL, ca: string | undefined): Promise<readonly Remark[]> => {
  if (url.protocol !== 'https:') return [];
  const facts = await tlsFacts({ url, ca }, realClock).catch((error: unknown) => {
    throw unreachable(url.href, error, 'see whether the server runs and the URL is right');
  });
  return judgeTls(facts, realClock.nowMs());
};

/** Undefined where it wants a credential, or a better one. */
const listedBy = async (url: URL, credential: Readonly<Record<string, string>>, network: Network): Promise<ServerLists | undefined> => {
  let wants = false;
  const watched: Network = {
    send: async (request) => {
      const answer = await network.send(request);
      wants ||= answer.status === 401 || answer.status === 403;
      return answer;
    },
  };
  try {
    return await bounded((signal) => listOverHttp(url, credential, { network: watched, signal }));
  } catch (error) {
    if (wants) return undefined;
    throw error;
  }
};

const CANNOT_CONNECT = 'see whether the server runs and the URL is right; "sallyport doctor URL" goes the way of a client';

/** An MCP server at a URL: how it is reached, what it tells anybody, and what it says of itself. */
export const scanServer = async (text: string, { keyFrom, ca }: ServerOptions, terminal: Terminal): Promise<SeenServer> => {
  const url = urlOf(text, keyFrom);
  const authority = ca === undefined ? undefined : readNamed(ca, '--ca');
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  const network = buildGuardedNetwork({ allow: [`${url.hostname}:${port}`] }, { clock: realClock, ...(authority === undefined ? {} : { ca: authority }) });
  const credential = keyFrom === undefined ? undefined : headerOf(await readKeyFrom(keyFrom, terminal));
  const path = url.href;
  const tls = await remarksOfTls(url, authority);
  if (tls.some(({ rule }) => rule === 'tls-certificate')) return { path, remarks: tls, listed: [], leftOut: [{ path, why: 'is asked nothing further, because its certificate is not trusted' }] };
  try {
    const anybodys = await listedBy(url, {}, network);
    const access = judgeAccess(await askAccess(url, anybodys?.tools.length, network));
    const ours = credential === undefined ? undefined : await listedBy(url, credential, network);
    if (credential !== undefined && ours === undefined) throw new CliError(`${path} does not take the key that --key-from leads to`, { exitCode: EXIT.needsAuthentication, cure: 'give a key or token that opens this server' });
    const listed = [ours ?? anybodys].filter((one) => one !== undefined);
    return { path, remarks: [...tls, ...access], listed, leftOut: listed.length > 0 ? [] : [{ path, why: 'tells its tools to those with a credential alone: add --key-from env:NAME to have them looked through' }] };
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw unreachable(path, error, error instanceof FetchError ? CANNOT_CONNECT : 'name the URL of its MCP endpoint, which often ends in /mcp');
  }
};

/** An MCP server that a command starts: what it says of itself. */
export const scanCommand = async (words: readonly string[]): Promise<SeenServer> => {
  const path = shownCommand(words);
  try {
    return { path, remarks: [], listed: [await bounded((signal) => listOverStdio(words, signal))], leftOut: [] };
  } catch (error) {
    throw unreachable(path, error, 'run the command by hand; where it needs variables, write: sallyport scan -- env NAME=VALUE COMMAND');
  }
};
