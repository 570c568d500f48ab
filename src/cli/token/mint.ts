import { setTimeout as pause } from 'node:timers/promises';
import { realClock } from '../../adapters/world/world.ts';
import { durationMs } from '../../model/duration.ts';
import { CliError, EXIT, type ExitCode } from '../exit.ts';
import { readKeyFrom, readNamed } from '../key-from.ts';
import { targetUrl } from '../target-url.ts';
import { writeJson, type CommonOptions, type Terminal } from '../terminal.ts';
import { TokenClient, type Minted } from './token-client.ts';

export interface MintOptions extends CommonOptions {
  readonly keyFrom?: string;
  readonly scope?: string;
  readonly ttl?: string;
  readonly ca?: string;
  readonly watch?: boolean;
}

const LEAST_MS = 60_000;
/** Of its life, when a token is replaced: early enough for a slow answer, late enough to be of use. */
const REFRESH_AT = 0.8;

const secondsOf = (ttl: string | undefined): number | undefined => {
  if (ttl === undefined) return undefined;
  const [, seconds] = /^(\d{1,6})s$/.exec(ttl) ?? [];
  const ms = seconds === undefined ? durationMs(ttl) : Number(seconds) * 1000;
  if (ms === undefined) throw new CliError(`--ttl ${ttl} is not a duration`, { exitCode: EXIT.usage, cure: 'write one such as --ttl 60s' });
  if (ms < LEAST_MS) throw new CliError(`--ttl ${ttl} is shorter than a minute`, { exitCode: EXIT.usage, cure: 'write --ttl 60s or more' });
  return Math.floor(ms / 1000);
};

const timeOf = (ms: number): string => new Date(ms).toISOString().slice(11, 19);

/** The end of the token's id, by which its calls can be told apart in the audit trail. */
const idOf = ({ accessToken }: Minted): string => {
  try {
    const claims: unknown = JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString('utf8'));
    return typeof claims === 'object' && claims !== null && 'jti' in claims ? String(claims.jti) : '';
  } catch {
    return '';
  }
};

const say = (what: 'issued' | 'refreshed', minted: Minted, { options, terminal }: { readonly options: MintOptions; readonly terminal: Terminal }): void => {
  const nowMs = realClock.nowMs();
  const [at, expires, jti] = [timeOf(nowMs), timeOf(nowMs + minted.expiresInSeconds * 1000), idOf(minted)];
  if (options.json === true) writeJson(terminal, { event: what, at, expires, jti, scope: minted.scope });
  else if (options.quiet !== true) terminal.stdout.write(`${what.padEnd(9)} ${at} · expires ${expires} · jti …${jti.slice(-6)} · ${minted.scope}\n`);
};

/** Lets every token be replaced before it ends, until somebody stops it; then the family is ended, and with it the last token. */
const watch = async (client: TokenClient, first: Minted, { options, terminal, seconds }: { readonly options: MintOptions; readonly terminal: Terminal; readonly seconds: number | undefined }): Promise<void> => {
  const over = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => over.abort());
  let last = first;
  say('issued', last, { options, terminal });
  try {
    while (!over.signal.aborted && last.refreshToken !== undefined) {
      await pause(last.expiresInSeconds * 1000 * REFRESH_AT, undefined, { signal: over.signal }).catch(() => undefined);
      if (over.signal.aborted) break;
      last = await client.refresh(last.refreshToken, seconds);
      say('refreshed', last, { options, terminal });
    }
  } finally {
    if (last.refreshToken !== undefined) await client.revoke(last.refreshToken).catch(() => undefined);
  }
};

/**
 * `sallyport token mint URL`: a short-lived access token for the holder of a key. Alone it goes to stdout, so that it can be piped; with `--watch` it
 * is kept fresh, and each refresh is told in a line.
 */
export const mint = async (text: string, options: MintOptions, terminal: Terminal): Promise<ExitCode> => {
  const seconds = secondsOf(options.ttl);
  if (options.keyFrom === undefined) throw new CliError('a key is needed to get a token for', { exitCode: EXIT.usage, cure: 'say where it is: --key-from env:NAME or --key-from file:PATH' });
  const client = new TokenClient(targetUrl(text), options.ca === undefined ? undefined : readNamed(options.ca, '--ca'));
  const minted = await client.exchange(await readKeyFrom(options.keyFrom, terminal), { scope: options.scope ?? '', seconds, lasting: options.watch === true });
  if (options.watch === true) await watch(client, minted, { options, terminal, seconds });
  else if (options.json === true) writeJson(terminal, { access_token: minted.accessToken, token_type: 'Bearer', expires_in: minted.expiresInSeconds, scope: minted.scope, resource: client.resource });
  else {
    terminal.stdout.write(`${minted.accessToken}\n`);
    if (options.quiet !== true) terminal.stderr.write(`good until ${timeOf(realClock.nowMs() + minted.expiresInSeconds * 1000)} UTC, at ${client.resource}, for ${minted.scope}\n`);
  }
  return EXIT.ok;
};
