import { readFileSync } from 'node:fs';
import { denyCertificate } from '../../admin/operations/deny-certificate.ts';
import { doing } from '../doing.ts';
import { CliError, EXIT, type ExitCode } from '../exit.ts';
import { deniedWords } from '../revocations/revoke.ts';
import type { KeysOptions } from '../with-store.ts';
import type { Terminal } from '../terminal.ts';

export interface DenyOptions extends KeysOptions {
  readonly key?: string;
  readonly file?: string;
  readonly alsoKey?: boolean;
  readonly reason?: string;
}

const readCertificate = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new CliError(`${path} cannot be read`, { exitCode: EXIT.usage, cure: 'sallyport pki deny FINGERPRINT, as the audit trail has it' });
  }
};

const named = (fingerprint: string | undefined, { key, file, alsoKey }: DenyOptions) => {
  const given = [fingerprint, key, file].filter((one) => one !== undefined);
  if (given.length !== 1) throw new CliError('name the certificate in one way', { exitCode: EXIT.usage, cure: 'sallyport pki deny FINGERPRINT   or   --file client.crt   or   --key FINGERPRINT-OF-THE-KEY' });
  return { ...(fingerprint === undefined ? {} : { fingerprint }), ...(key === undefined ? {} : { key }), ...(file === undefined ? {} : { certificate: readCertificate(file) }), ...(alsoKey === true ? { alsoKey } : {}) };
};

/** `sallyport pki deny FINGERPRINT` */
export const pkiDeny = (fingerprint: string | undefined, options: DenyOptions, terminal: Terminal): Promise<ExitCode> =>
  doing(options, terminal, { operation: denyCertificate, input: { ...named(fingerprint, options), ...(options.reason === undefined ? {} : { reason: options.reason }) }, words: deniedWords });
