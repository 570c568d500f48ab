import { createPrivateKey, randomBytes, X509Certificate, type KeyObject } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { AuthorityRefused } from './authority-refused.ts';

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

/** The folder of a small authority: `ca.crt`, `ca.key`, `ca.crl`, and what it has issued in `index.json` and `renewed.jsonl`. */
export interface AuthorityFolder {
  readonly path: string;
  readonly certificate: X509Certificate;
  /** The authorities above it, nearest first, in PEM. */
  readonly above: readonly string[];
  readonly privateKey: KeyObject;
  readonly index: AuthorityIndex;
}

const INDEX = 'index.json';
/** What a gateway has renewed: lines that are only ever added, so that it and a command never write over each other. */
const RENEWED = 'renewed.jsonl';

/** Writes a file for its owner alone, whole or not at all. */
export const writePrivate = (path: string, text: string): void => {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, text, { mode: 0o600, flag: 'wx' });
  renameSync(draft, path);
};

/** Makes the folder of a new authority. @throws AuthorityRefused where there is one already */
export const makeFolder = (path: string, files: { readonly cert: string; readonly key: string }): void => {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (existsSync(join(path, 'ca.key'))) throw new AuthorityRefused(`${path} holds an authority already`, { cure: 'choose another folder with --dir; what was issued by this one would be worth nothing' });
  writePrivate(join(path, 'ca.key'), files.key);
  writePrivate(join(path, 'ca.crt'), files.cert);
  writeIndex(path, { listNumber: 0, issued: [] });
};

/** Writes down what was issued. */
export const writeIndex = (path: string, content: AuthorityIndex): void => writePrivate(join(path, INDEX), `${JSON.stringify(content, null, 1)}\n`);

/** Writes down what a gateway has renewed, before anybody is given it; on a line of its own, whatever a crash has left of the one before. */
export const noteRenewed = (path: string, entry: IssuedEntry): void => appendFileSync(join(path, RENEWED), `\n${JSON.stringify(entry)}\n`, { mode: 0o600, flush: true });

/** What was cut off by a crash was given to nobody. */
const entryIn = (line: string): readonly IssuedEntry[] => {
  try {
    return [issued.parse(JSON.parse(line))];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
};

const renewedIn = (path: string): readonly IssuedEntry[] => {
  const file = join(path, RENEWED);
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').flatMap(entryIn) : [];
};

/** All that was issued; what the index knows of a renewed one, such as that it was revoked, goes before what its line says. */
const readIndex = (path: string): AuthorityIndex => {
  const known = index.parse(JSON.parse(readFileSync(join(path, INDEX), 'utf8')));
  const numbers = new Set(known.issued.map(({ serial }) => serial));
  return { ...known, issued: [...known.issued, ...renewedIn(path).filter(({ serial }) => !numbers.has(serial))] };
};

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----\n?/g;

/** Opens the folder of an authority. @throws AuthorityRefused */
export const openFolder = (path: string): AuthorityFolder => {
  try {
    const text = readFileSync(join(path, 'ca.crt'), 'utf8');
    return { path, certificate: new X509Certificate(text), above: (text.match(CERTIFICATE) ?? []).slice(1), privateKey: createPrivateKey(readFileSync(join(path, 'ca.key'), 'utf8')), index: readIndex(path) };
  } catch (error) {
    throw new AuthorityRefused(`${path} holds no authority that can be read`, { cure: 'sallyport pki init   makes one; --dir names its folder', cause: error });
  }
};
