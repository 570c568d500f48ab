import { createPrivateKey, randomBytes, X509Certificate, type KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CliError, EXIT } from '../../exit.ts';

const issued = z.object({
  serial: z.string().regex(/^[0-9a-f]+$/),
  subject: z.object({ commonName: z.string(), organization: z.string().optional(), unit: z.string().optional(), dns: z.array(z.string()).optional(), uris: z.array(z.string()).optional() }),
  use: z.enum(['client', 'server']),
  fingerprint: z.string(),
  notAfterMs: z.number(),
  revokedAtMs: z.number().optional(),
});

const index = z.object({ listNumber: z.number().int(), issued: z.array(issued) });

export type IssuedEntry = z.infer<typeof issued>;
export type AuthorityIndex = z.infer<typeof index>;

/** The folder of a small authority: `ca.crt`, `ca.key`, `ca.crl`, and what it has issued in `index.json`. */
export interface AuthorityFolder {
  readonly path: string;
  readonly certificate: X509Certificate;
  readonly privateKey: KeyObject;
  readonly index: AuthorityIndex;
}

const INDEX = 'index.json';

/** Writes a file for its owner alone, whole or not at all. */
export const writePrivate = (path: string, text: string): void => {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, text, { mode: 0o600, flag: 'wx' });
  renameSync(draft, path);
};

/** Makes the folder of a new authority. @throws CliError where there is one already */
export const makeFolder = (path: string, files: { readonly cert: string; readonly key: string }): void => {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (existsSync(join(path, 'ca.key'))) throw new CliError(`${path} holds an authority already`, { exitCode: EXIT.usage, cure: 'choose another folder with --dir; what was issued by this one would be worth nothing' });
  writePrivate(join(path, 'ca.key'), files.key);
  writePrivate(join(path, 'ca.crt'), files.cert);
  writeIndex(path, { listNumber: 0, issued: [] });
};

/** Writes down what was issued. */
export const writeIndex = (path: string, content: AuthorityIndex): void => writePrivate(join(path, INDEX), `${JSON.stringify(content, null, 1)}\n`);

/** Opens the folder of an authority. @throws CliError */
export const openFolder = (path: string): AuthorityFolder => {
  try {
    const read = (name: string): string => readFileSync(join(path, name), 'utf8');
    return { path, certificate: new X509Certificate(read('ca.crt')), privateKey: createPrivateKey(read('ca.key')), index: index.parse(JSON.parse(read(INDEX))) };
  } catch (error) {
    throw new CliError(`${path} holds no authority that can be read`, { exitCode: EXIT.usage, cure: 'sallyport pki init   makes one; --dir names its folder', cause: error });
  }
};
