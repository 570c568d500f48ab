import { readFileSync } from 'node:fs';
import { readKept, SecretUnread } from '../adapters/secrets/read-secret.ts';
import { managedReference } from '../config/secret-ref.ts';
import { CliError, EXIT } from './exit.ts';
import type { Terminal } from './terminal.ts';

const unfit = (message: string, cure: string, cause?: unknown): CliError => new CliError(message, { exitCode: EXIT.usage, cure, cause });

/** The text of a file that a flag names. @throws CliError */
export const readNamed = (path: string, flag: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw unfit(`the file of ${flag} cannot be read: ${path}`, 'check the path and its permissions', cause);
  }
};

/** Where a key may be read from: it is never a flag, since the list of processes and the client's settings would show it. */
const FROM = '--key-from env:NAME, file:PATH, or a secret manager such as vault:secret/data/sallyport#key';

/** Reads the key that `--key-from` leads to. @throws CliError, which never shows it */
export const readKeyFrom = async (reference: string, { env }: Terminal): Promise<string> => {
  const read = async (): Promise<string | undefined> => {
    if (reference.startsWith('env:')) return env[reference.slice(4)];
    if (reference.startsWith('file:')) return readNamed(reference.slice(5), '--key-from');
    const managed = managedReference(reference);
    if (managed === undefined) throw unfit('--key-from says where the key is, and is not the key itself', FROM);
    return readKept(managed.backend, managed.reference, env);
  };
  try {
    const key = (await read())?.trim();
    if (key === undefined || key === '') throw unfit('--key-from leads to no key', `set what it names: ${FROM}`);
    if (!/^[!-~]+$/.test(key)) throw unfit('what --key-from leads to is no key: it holds blanks or other characters', 'put the key there, and nothing beside it');
    return key;
  } catch (error) {
    if (error instanceof SecretUnread) throw unfit(`--key-from: ${error.message}`, FROM);
    throw error;
  }
};
