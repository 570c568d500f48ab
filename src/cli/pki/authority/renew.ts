import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openFolder, type IssuedEntry } from '../../../adapters/pki/authority-folder.ts';
import { realClock } from '../../../adapters/world/world.ts';
import { CliError, EXIT, type ExitCode } from '../../exit.ts';
import type { Terminal } from '../../terminal.ts';
import { issue, issuedWords, lifeOf, tell, type AuthorityOptions } from './issue.ts';

export interface RenewOptions extends AuthorityOptions {
  readonly for: string;
  readonly watch?: boolean;
}

/** Of its life, when a certificate is renewed that is watched. */
const RENEW_AT = 2 / 3;
/** So often the file is looked at: somebody else may have renewed it, and a timer of weeks is none. */
const LOOK_EVERY_MS = 60_000;

const read = (file: string): X509Certificate => {
  if (!existsSync(file)) throw new CliError(`${file} is not there`, { exitCode: EXIT.usage, cure: 'sallyport pki renew certs/NAME.crt' });
  try {
    return new X509Certificate(readFileSync(file));
  } catch {
    throw new CliError(`${file} is no certificate`, { exitCode: EXIT.usage, cure: 'sallyport pki renew certs/NAME.crt' });
  }
};

const renew = async (file: string, options: RenewOptions): Promise<IssuedEntry> => {
  const [certificate, folder] = [read(file), openFolder(options.dir)];
  const known = folder.index.issued.find(({ fingerprint }) => fingerprint === certificate.fingerprint256.replaceAll(':', '').toLowerCase());
  if (known === undefined || known.revokedAtMs !== undefined) throw new CliError(`${file} was not issued by this authority, or is revoked`, { exitCode: EXIT.usage, cure: 'sallyport pki issue NAME' });
  return issue(folder, { subject: known.subject, use: known.use, life: lifeOf(options.for), out: join(file, '..') });
};

/** How long a certificate may go on, until two thirds of its life are over. */
const leftMs = ({ validFromDate, validToDate }: X509Certificate, nowMs: number): number => validFromDate.getTime() + (validToDate.getTime() - validFromDate.getTime()) * RENEW_AT - nowMs;

/** Until somebody stops it. What fails is said and ends it: who watches the watcher starts it again. */
const watch = async (file: string, options: RenewOptions, terminal: Terminal): Promise<void> => {
  const over = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => over.abort());
  while (!over.signal.aborted) {
    const left = leftMs(read(file), realClock.nowMs());
    if (left <= 0) {
      const entry = await renew(file, options);
      tell(terminal, options, { said: { event: 'renewed', ...entry }, words: issuedWords(entry, join(file, '..')) });
    } else await pause(Math.min(left, LOOK_EVERY_MS), undefined, { signal: over.signal }).catch(() => undefined);
  }
};

/**
 * `sallyport pki renew FILE`: the same names with a new key, in the place of the old files; the former certificate goes on until it ends. With `--watch`
 * whenever two thirds of its life are over.
 */
export const pkiRenew = async (file: string, options: RenewOptions, terminal: Terminal): Promise<ExitCode> => {
  lifeOf(options.for);
  if (options.watch === true) {
    await watch(file, options, terminal);
    return EXIT.ok;
  }
  const entry = await renew(file, options);
  return tell(terminal, options, { said: entry, words: issuedWords(entry, join(file, '..')) });
};
