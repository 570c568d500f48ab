import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { randomBytes } from 'node:crypto';
import { AuditSigner } from '../adapters/audit-sinks/chain/signer.ts';
import { openDatabase, StoreRefused } from '../adapters/store/sqlite/open-database.ts';
import { KeyHasher } from '../stages/authenticate/key-index.ts';
import { CliError, EXIT } from './exit.ts';
import type { Terminal } from './terminal.ts';

/** The key of the trail follows from the hash key: it is as secret, and there is one thing to keep. */
export const signerFor = (hasher: KeyHasher): AuditSigner => new AuditSigner(hasher.derive('audit trail'));

/** A data directory, opened. */
export interface Home {
  readonly directory: string;
  readonly database: DatabaseSync;
  readonly hasher: KeyHasher;
  /** Signs what the audit trail says of itself. */
  readonly signer: AuditSigner;
}

export const journalIn = (directory: string): string => join(directory, 'journal');
export const runtimeFileIn = (directory: string): string => join(directory, 'gateway.json');

/** `$XDG_DATA_HOME/sallyport`, where each gateway has a folder of its name. */
const root = (env: Terminal['env']): string => join(env['XDG_DATA_HOME'] ?? join(env['HOME'] ?? homedir(), '.local', 'share'), 'sallyport');

/** The directory of a gateway that starts: `--data`, `SALLYPORT_DATA`, config, or one by its name. */
export const directoryFor = (name: string, given: string | undefined, env: Terminal['env']): string => resolve(given ?? env['SALLYPORT_DATA'] ?? join(root(env), name));

const existing = (env: Terminal['env']): readonly string[] => {
  const base = root(env);
  return existsSync(base) ? readdirSync(base).filter((entry) => existsSync(join(base, entry, 'sallyport.db'))).map((entry) => join(base, entry)) : [];
};

/**
 * The directory a command such as `keys` means: `--data`, `SALLYPORT_DATA`, or the only one there is.
 * @throws CliError when there is none, or more than one to choose from
 */
export const findDirectory = (given: string | undefined, env: Terminal['env']): string => {
  const named = given ?? env['SALLYPORT_DATA'];
  const [only, ...more] = named === undefined ? existing(env) : [resolve(named)];
  if (only === undefined) throw new CliError('there is no data directory yet', { exitCode: EXIT.failure, cure: 'start a gateway first ("sallyport run -- COMMAND"), or name its directory with --data' });
  if (more.length > 0) throw new CliError(`there are several data directories:\n${[only, ...more].map((path) => `  ${path}`).join('\n')}`, { exitCode: EXIT.usage, cure: 'name one with --data DIR' });
  return only;
};

const HASH_KEY = 'hash.key';

/** The key under which API keys are hashed: made once, and never made anew over keys it would orphan. */
const readHashKey = (directory: string, database: DatabaseSync): Uint8Array => {
  const path = join(directory, HASH_KEY);
  if (!existsSync(path)) {
    const keys = Number(database.prepare('SELECT count(*) AS count FROM api_keys').get()?.['count'] ?? 0);
    if (keys > 0) throw new StoreRefused(`${path} is missing, and ${String(keys)} stored keys cannot be checked without it: restore it from a backup`);
    writeFileSync(path, randomBytes(32), { mode: 0o600, flag: 'wx', flush: true });
  }
  const secret = readFileSync(path);
  if (secret.length !== 32) throw new StoreRefused(`${path} is damaged (${String(secret.length)} bytes instead of 32): restore it from a backup`);
  return secret;
};

const refusedDirectory = (directory: string, error: unknown): CliError =>
  new CliError(`the data directory ${directory} cannot be used: ${error instanceof Error ? error.message : 'unknown'}`, { exitCode: EXIT.failure, cure: 'check its permissions and free space, or choose another with --data DIR', cause: error });

/**
 * Opens a data directory, making it when it is not there.
 * @throws CliError that says what is wrong with it
 */
export const openHome = (directory: string): Home => {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const database = openDatabase(join(directory, 'sallyport.db'));
    const hasher = new KeyHasher(readHashKey(directory, database));
    return { directory, database, hasher, signer: signerFor(hasher) };
  } catch (error) {
    throw refusedDirectory(directory, error);
  }
};

/**
 * Holds the directory for one gateway: an operating-system lock that a killed process cannot leave behind (F03).
 * @returns how to let go
 * @throws CliError when another gateway holds it
 */
export const lockHome = (directory: string): (() => void) => {
  const path = join(directory, 'gateway.lock');
  closeSync(openSync(path, 'a', 0o600));
  const lock = new DatabaseSync(path);
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch {
    lock.close();
    throw new CliError(`another gateway${runningPid(directory)} uses the data directory ${directory}`, { exitCode: EXIT.failure, cure: 'stop it first, or give this one a directory of its own with --data DIR' });
  }
  return () => lock.close();
};

export interface Runtime {
  readonly pid: number;
  readonly url: string;
  /** The origin on which this machine reaches it without a certificate, whatever proxy stands before the public URL. */
  readonly local?: string;
  /** Where it is reached over TLS instead, and the file of the certificate that it shows there. */
  readonly secure?: { readonly local: string; readonly certificate: string };
  readonly metrics?: string;
  readonly servers: readonly string[];
  /** The configuration file it reads, when it reads one. */
  readonly config?: string;
  readonly startedAt: string;
}

/** What a gateway says of itself at /readyz. */
export interface Readiness {
  readonly status: string;
  readonly reasons?: readonly string[];
}

/** What a running gateway left word of, for `status`. */
export const readRuntime = (directory: string): Runtime | undefined => {
  try {
    return JSON.parse(readFileSync(runtimeFileIn(directory), 'utf8')) as Runtime; // written by serve.ts in this version
  } catch {
    return undefined;
  }
};

const runningPid = (directory: string): string => {
  const runtime = readRuntime(directory);
  return runtime === undefined ? '' : ` (pid ${String(runtime.pid)}, ${runtime.url})`;
};
