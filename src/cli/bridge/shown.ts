import { readFileSync, statSync } from 'node:fs';
import { realClock } from '../../adapters/world/world.ts';
import { readKept, SecretUnread } from '../../adapters/secrets/read-secret.ts';
import { checkPresented, UnfitCredential, type Presented } from '../../bridge/credentials.ts';
import { managedReference } from '../../config/secret-ref.ts';
import { CliError, EXIT } from '../exit.ts';
import type { Terminal } from '../terminal.ts';

export interface CredentialOptions {
  readonly cert?: string;
  readonly key?: string;
  readonly ca?: string;
  readonly keyFrom?: string;
}

const unfit = (message: string, cure: string, cause?: unknown): CliError => new CliError(message, { exitCode: EXIT.usage, cure, cause });

const readFile = (path: string, flag: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw unfit(`the file of ${flag} cannot be read: ${path}`, 'check the path and its permissions', cause);
  }
};

/** Where a key may be read from: it is never a flag, since the list of processes and the client's settings would show it. */
const FROM = 'env:NAME, file:PATH, or a secret manager such as vault:secret/data/sallyport#key';

const readApiKey = async (reference: string, { env }: Terminal): Promise<string> => {
  const read = async (): Promise<string | undefined> => {
    if (reference.startsWith('env:')) return env[reference.slice(4)];
    if (reference.startsWith('file:')) return readFile(reference.slice(5), '--key-from');
    const managed = managedReference(reference);
    if (managed === undefined) throw unfit('--key-from says where the key is, and is not the key itself', `sallyport bridge URL --key-from ${FROM}`);
    return readKept(managed.backend, managed.reference, env);
  };
  try {
    const key = (await read())?.trim();
    if (key === undefined || key === '') throw unfit('--key-from leads to no key', `set what it names: ${FROM}`);
    if (!/^[!-~]+$/.test(key)) throw unfit('what --key-from leads to is no key: it holds blanks or other characters', 'put the key there, and nothing beside it');
    return key;
  } catch (error) {
    if (error instanceof SecretUnread) throw unfit(`--key-from: ${error.message}`, `sallyport bridge URL --key-from ${FROM}`);
    throw error;
  }
};

/**
 * Reads what the bridge is to show, and looks at it.
 * @returns what to show, and until when its certificate is valid
 * @throws CliError
 */
export const readShown = async ({ cert, key, ca, keyFrom }: CredentialOptions, terminal: Terminal): Promise<{ readonly presented: Presented; readonly validUntilMs: number | undefined }> => {
  const presented: Presented = {
    certificate: cert === undefined ? undefined : readFile(cert, '--cert'),
    privateKey: key === undefined ? undefined : readFile(key, '--key'),
    authority: ca === undefined ? undefined : readFile(ca, '--ca'),
    apiKey: keyFrom === undefined ? undefined : await readApiKey(keyFrom, terminal),
  };
  try {
    return { presented, validUntilMs: checkPresented(presented, realClock.nowMs()) };
  } catch (error) {
    if (error instanceof UnfitCredential) throw unfit(error.message, 'sallyport bridge URL --cert client.crt --key client.key');
    throw error;
  }
};

const GROUP_OR_OTHERS = 0o077;

/** Whether others on this machine may read the private key; where there are no such permissions, nobody can tell. */
export const isReadByOthers = (path: string): boolean => process.platform !== 'win32' && (statSync(path).mode & GROUP_OR_OTHERS) !== 0;

/** When the files were last written, as one text to compare: a certificate that lives for a day is renewed under a running bridge. */
export const lastWritten = ({ cert, key, ca, keyFrom }: CredentialOptions): string =>
  [cert, key, ca, keyFrom?.startsWith('file:') === true ? keyFrom.slice(5) : undefined].map((path) => (path === undefined ? '' : String(statSync(path, { throwIfNoEntry: false })?.mtimeMs))).join(' ');
