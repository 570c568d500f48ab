import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { commitOf, GitFailed, gitHistory, gitStaged } from '../../adapters/scanned/git-history.ts';
import { isLog, walkFiles, type LeftOut, type ScannedText } from '../../adapters/scanned/walk-files.ts';
import { realRandom } from '../../adapters/world/world.ts';
import { counted } from '../../model/counted.ts';
import { printable } from '../../model/redaction.ts';
import type { Finding } from '../../scan/finding.ts';
import { scanText } from '../../scan/scan-text.ts';
import { CliError, EXIT, type ExitCode } from '../exit.ts';
import { painter, wantsColour, writeJson, type CommonOptions, type Terminal } from '../terminal.ts';
import { quarantineFound } from './quarantine.ts';
import { toSarif } from './sarif.ts';

export interface ScanOptions extends CommonOptions {
  readonly git?: boolean;
  readonly staged?: boolean;
  readonly logs?: boolean;
  readonly sarif?: string;
  readonly quarantine?: boolean;
  readonly data?: string;
}

type Found = Awaited<ReturnType<typeof scanText>>[number];

/** What a scan has come to. */
interface Scanned {
  readonly found: Found[];
  readonly leftOut: LeftOut[];
  texts: number;
}

/** Twins of one secret are recognised within a run, and nothing of it is kept beyond. */
const buildSameAs = (): ((secret: string) => string) => {
  const salt = realRandom.bytes(32);
  return (secret) => createHmac('sha256', salt).update(secret).digest('hex').slice(0, 16);
};

type SomeTexts = Iterable<ScannedText> | AsyncIterable<ScannedText & { readonly blob?: string }>;

class Scan {
  readonly #sameAs = buildSameAs();
  readonly #options: ScanOptions;
  readonly #path: string | undefined;
  readonly scanned: Scanned = { found: [], leftOut: [], texts: 0 };

  constructor(options: ScanOptions, path: string | undefined) {
    this.#options = options;
    this.#path = path;
  }

  async path(root: string): Promise<void> {
    const git = { folder: root, path: this.#path, leaveOut: (left: LeftOut) => void this.scanned.leftOut.push(left) };
    if (this.#options.staged === true) return this.#texts(gitStaged(git), root);
    await this.#texts(walkFiles(root, git.leaveOut), root);
    if (this.#options.git === true) await this.#texts(gitHistory(git), root);
  }

  async #texts(texts: SomeTexts, folder: string): Promise<void> {
    for await (const text of texts) {
      if (this.#options.logs === true && text.commit === undefined && !('blob' in text) && !isLog(text.path)) continue;
      this.scanned.texts += 1;
      const found = await scanText(text.text, { path: shortPath(text.path), commit: text.commit, committedAt: text.committedAt }, this.#sameAs);
      if (found.length > 0) await this.#add(found, { folder, blob: 'blob' in text ? text.blob : undefined });
    }
  }

  /** Of the history only what the files of today do not say already, with the commit that brought it in. */
  async #add(found: readonly Found[], { folder, blob }: { readonly folder: string; readonly blob: string | undefined }): Promise<void> {
    if (blob === undefined) return void this.scanned.found.push(...found);
    const fresh = found.filter(({ same, path }) => !this.scanned.found.some((known) => known.same === same && known.commit !== undefined && known.path === path));
    if (fresh.length === 0) return;
    const { commit, committedAt } = await commitOf({ folder, path: this.#path }, blob);
    this.scanned.found.push(...fresh.map((one) => ({ ...one, commit: commit ?? 'of no branch', committedAt })));
  }
}

/** As somebody who stands here would type it. */
const shortPath = (path: string): string => {
  if (!path.startsWith('/')) return path;
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
};

const toldOf = ({ secret: _secret, from: _from, to: _to, ...finding }: Found): Finding => finding;

const placeOf = ({ path, line, column, commit, committedAt }: Finding): string => `${printable(path)}:${String(line)}:${String(column)}${commit === undefined ? '' : ` in ${commit.slice(0, 12)}${committedAt === undefined ? '' : ` of ${committedAt.slice(0, 10)}`}`}`;

const say = ({ found, leftOut, texts }: Scanned, options: ScanOptions, terminal: Terminal): void => {
  if (options.json === true) {
    for (const one of found) writeJson(terminal, toldOf(one));
    return;
  }
  if (options.quiet === true) return;
  const paint = painter(wantsColour(terminal.stdout, terminal.env));
  for (const one of found) {
    terminal.stdout.write(`${paint(one.certainty === 'certain' ? 'red' : 'yellow', one.certainty.padEnd(7))}  ${placeOf(one)}\n         ${printable(one.what)}: ${printable(one.masked)}   ${paint('dim', one.rule)}\n         next: ${one.next}\n`);
  }
  for (const { path, why } of leftOut) terminal.stderr.write(`left out: ${printable(path)} ${why}\n`);
  const secrets = new Set(found.map(({ same }) => same)).size;
  terminal.stdout.write(found.length === 0 ? `no secret found in ${counted(texts, 'text')}\n` : `${counted(found.length, 'finding')} of ${counted(secrets, 'secret')} in ${counted(texts, 'text')}\n`);
};

const explained = (error: unknown, path: string): unknown => {
  if (error instanceof GitFailed) return new CliError(`git cannot say what is in ${printable(path)}: ${printable(error.message)}`, { exitCode: EXIT.failure, cure: 'name a folder that is a git repository, or leave --git and --staged out', cause: error });
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new CliError(`${printable(path)} is not there`, { exitCode: EXIT.usage, cure: 'name files or folders: sallyport scan .', cause: error });
  return error;
};

const writeSarif = (path: string, findings: readonly Finding[], version: string): void => {
  try {
    writeFileSync(path, `${JSON.stringify(toSarif(findings, version), null, 2)}\n`);
  } catch (cause) {
    throw new CliError(`${printable(path)} cannot be written (${cause instanceof Error ? cause.message : 'unknown'})`, { exitCode: EXIT.failure, cure: 'name a file in a folder that is there', cause });
  }
};

const check = (paths: readonly string[], { git, staged, logs }: ScanOptions): void => {
  if (paths.length === 0) throw new CliError('scan needs something to look through', { exitCode: EXIT.usage, cure: 'sallyport scan .   or, with the history, sallyport scan --git .' });
  if (staged === true && (git === true || logs === true)) throw new CliError('--staged looks at what is about to be committed and at nothing else', { exitCode: EXIT.usage, cure: 'leave --git and --logs out' });
};

/** `sallyport scan PATH…`: secrets where they should not be. Nothing leaves this machine. */
export const scan = async (paths: readonly string[], options: ScanOptions, { terminal, version }: { readonly terminal: Terminal; readonly version: string }): Promise<ExitCode> => {
  check(paths, options);
  const running = new Scan(options, terminal.env['PATH']);
  for (const path of paths) {
    await running.path(path).catch((error: unknown) => {
      throw explained(error, path);
    });
  }
  const { found } = running.scanned;
  if (options.sarif !== undefined) writeSarif(options.sarif, found.map(toldOf), version);
  say(running.scanned, options, terminal);
  if (options.quarantine === true) await quarantineFound(found, options, terminal);
  return found.length === 0 ? EXIT.ok : EXIT.findings;
};
