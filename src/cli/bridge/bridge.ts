import { setTimeout as awake } from 'node:timers/promises';
import { realClock } from '../../adapters/world/world.ts';
import { Bridge } from '../../bridge/bridge.ts';
import { readLines } from '../../bridge/lines.ts';
import { openWay, type Way } from '../../bridge/post.ts';
import { DAY_MS } from '../../model/duration.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { targetUrl, wrongUrl } from '../target-url.ts';
import type { CommonOptions, Terminal } from '../terminal.ts';
import { isReadByOthers, lastWritten, readShown, type CredentialOptions } from './shown.ts';

export type BridgeOptions = CommonOptions & CredentialOptions & { readonly renew?: boolean };

const FOREVER_MS = 2 ** 31 - 1;
const LOOK_EVERY_MS = 1_000;
const WARN_DAYS = 3;

/** Opens the way anew whenever one of the files has changed; what cannot be read leaves the old way open. */
const freshWay = (first: Way, options: { readonly url: URL; readonly credentials: CredentialOptions; readonly terminal: Terminal; readonly tell: (sentence: string) => void }): (() => Way) => {
  let way = first;
  let written = lastWritten(options.credentials);
  let lookedMs = realClock.monotonicMs();
  const reopen = async (): Promise<void> => {
    try {
      const { presented } = await readShown(options.credentials, options.terminal);
      way = openWay(options.url, presented);
      options.tell('the certificate or key was renewed: it is shown from now on');
    } catch (error) {
      options.tell(`what was renewed is not used: ${error instanceof Error ? error.message : 'an unknown failure'}`);
    }
  };
  return () => {
    if (realClock.monotonicMs() - lookedMs < LOOK_EVERY_MS) return way;
    lookedMs = realClock.monotonicMs();
    const now = lastWritten(options.credentials);
    if (now !== written) void reopen();
    written = now;
    return way;
  };
};

const teller = ({ quiet }: CommonOptions, { stderr }: Terminal) => ({
  tell: (sentence: string): void => void stderr.write(`sallyport bridge: ${sentence}\n`),
  mention: (sentence: string): void => void (quiet === true || stderr.write(`sallyport bridge: ${sentence}\n`)),
});

const untilText = (untilMs: number | undefined): string => (untilMs === undefined ? '' : `, certificate valid until ${new Date(untilMs).toISOString()}`);

/**
 * `sallyport bridge URL`: an MCP server over stdio that is the gateway at the URL, for clients that can show neither certificate nor key.
 * Stdout belongs to MCP alone.
 */
export const bridge = async (text: string, options: BridgeOptions, terminal: Terminal): Promise<ExitCode> => {
  const url = targetUrl(text);
  const { tell, mention } = teller(options, terminal);
  const { presented, validUntilMs } = await readShown(options, terminal);
  if (presented.certificate !== undefined && url.protocol === 'http:') throw wrongUrl('a certificate is shown over https:// only');
  if (options.renew === true && presented.certificate === undefined) throw wrongUrl('--renew needs the certificate that is to be renewed: give --cert and --key');
  if (options.key !== undefined && isReadByOthers(options.key)) tell(`others on this machine can read ${options.key}: chmod 600 ${options.key}`);
  if (options.renew !== true && validUntilMs !== undefined && validUntilMs - realClock.nowMs() < WARN_DAYS * DAY_MS) tell(`the certificate expires at ${new Date(validUntilMs).toISOString()}; once renewed in place it is taken up without a restart`);
  mention(`to ${url.href}${untilText(validUntilMs)}`);
  const way = freshWay(openWay(url, presented), { url, credentials: options, terminal, tell });
  const bridged = new Bridge({ way, clock: realClock, tell, write: (line) => void terminal.stdout.write(`${line}\n`) });
  const stopRenewing = options.renew === true ? (await import('./renewal.ts')).keepRenewed({ url, credentials: options, terminal, tell }) : undefined;
  await carryOn(bridged, terminal);
  stopRenewing?.();
  return EXIT.ok;
};

/** Until the client closes stdin, stops reading, or asks for the end. */
const carryOn = async (bridged: Bridge, { stdin }: Terminal): Promise<void> => {
  const over = new AbortController();
  // Timers of the world keep no process alive, and a bridge that waits for a gateway has nothing else.
  const staysAwake = awake(FOREVER_MS, undefined, { signal: over.signal }).catch(() => undefined);
  const leave = (): void => {
    bridged.stop();
    if (stdin !== undefined && 'destroy' in stdin && typeof stdin.destroy === 'function') stdin.destroy();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, leave);
  process.stdout.once('error', leave);
  try {
    for await (const line of readLines(stdin ?? process.stdin)) bridged.take(line);
  } catch (error) {
    // Closed by `leave`, in the middle of whatever was being read.
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE')) throw error;
  } finally {
    await bridged.end();
    over.abort();
    await staysAwake;
  }
};
