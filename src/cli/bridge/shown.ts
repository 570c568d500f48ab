import { statSync } from 'node:fs';
import { realClock } from '../../adapters/world/world.ts';
import { checkPresented, UnfitCredential, type Presented } from '../../bridge/credentials.ts';
import { CliError, EXIT } from '../exit.ts';
import { readKeyFrom, readNamed } from '../key-from.ts';
import type { Terminal } from '../terminal.ts';

export interface CredentialOptions {
  readonly cert?: string;
  readonly key?: string;
  readonly ca?: string;
  readonly keyFrom?: string;
}

const unfit = (message: string, cure: string): CliError => new CliError(message, { exitCode: EXIT.usage, cure });

/**
 * Reads what the bridge is to show, and looks at it.
 * @returns what to show, and until when its certificate is valid
 * @throws CliError
 */
export const readShown = async ({ cert, key, ca, keyFrom }: CredentialOptions, terminal: Terminal): Promise<{ readonly presented: Presented; readonly validUntilMs: number | undefined }> => {
  const presented: Presented = {
    certificate: cert === undefined ? undefined : readNamed(cert, '--cert'),
    privateKey: key === undefined ? undefined : readNamed(key, '--key'),
    authority: ca === undefined ? undefined : readNamed(ca, '--ca'),
    apiKey: keyFrom === undefined ? undefined : await readKeyFrom(keyFrom, terminal),
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
