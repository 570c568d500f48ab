import { createHmac } from 'node:crypto';
import { relative } from 'node:path';
import { commitOf, gitHistory, gitStaged } from '../../adapters/scanned/git-history.ts';
import { isLog, walkFiles, type LeftOut, type ScannedText } from '../../adapters/scanned/walk-files.ts';
import { realRandom } from '../../adapters/world/world.ts';
import { Secret } from '../../model/secret.ts';
import { placed, scanText, type Found } from '../../scan/scan-text.ts';
import { scanListed } from '../../scan/server/scan-listed.ts';
import type { FoundClient } from './clients.ts';
import type { Scanned } from './say.ts';
import type { SeenServer } from './scan-server.ts';

export interface RunOptions {
  readonly git?: boolean;
  readonly staged?: boolean;
  readonly logs?: boolean;
}

/** Twins of one secret are recognised within a run, and nothing of it is kept beyond. */
const buildSameAs = (): ((secret: string) => string) => {
  const salt = realRandom.bytes(32);
  return (secret) => createHmac('sha256', salt).update(secret).digest('hex').slice(0, 16);
};

type SomeTexts = Iterable<ScannedText> | AsyncIterable<ScannedText & { readonly blob?: string }>;

/** One run, which gathers what it finds. */
export class ScanRun {
  readonly #sameAs = buildSameAs();
  readonly #options: RunOptions;
  readonly #path: string | undefined;
  readonly scanned: Scanned = { found: [], leftOut: [], texts: 0 };

  constructor(options: RunOptions, path: string | undefined) {
    this.#options = options;
    this.#path = path;
  }

  async path(root: string): Promise<void> {
    const git = { folder: root, path: this.#path, leaveOut: (left: LeftOut) => void this.scanned.leftOut.push(left) };
    if (this.#options.staged === true) return this.#texts(gitStaged(git), root);
    await this.#texts(walkFiles(root, git.leaveOut), root);
    if (this.#options.git === true) await this.#texts(gitHistory(git), root);
  }

  /** What was found in the files of clients, but for what is allowed there. */
  clients(clients: readonly FoundClient[]): readonly FoundClient[] {
    return clients.map((client) => {
      this.scanned.texts += 1;
      const told = placed({ text: client.text, source: { path: shortPath(client.path) }, mayAllow: true }, client.found, this.#sameAs);
      this.scanned.found.push(...told);
      return { ...client, found: client.found.filter(({ from }) => told.some((one) => one.from === from)) };
    });
  }

  /** What was seen of a server, and what stands in the texts by which it speaks to a model. */
  async server({ path, remarks, listed, leftOut }: SeenServer): Promise<void> {
    this.scanned.leftOut.push(...leftOut);
    this.scanned.found.push(...remarks.map((remark) => ({ ...remark, path, line: 1, column: 1, masked: '', same: this.#sameAs(`${remark.rule} ${remark.what}`), secret: new Secret(''), from: 0, to: 0 })));
    for (const lists of listed) {
      const { found, texts } = await scanListed(lists, path, this.#sameAs);
      this.scanned.texts += texts;
      this.scanned.found.push(...found);
    }
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
    // A file of a client under the path was told already, with the server that has the secret.
    if (blob === undefined) return void this.scanned.found.push(...found.filter(({ same, path }) => !this.scanned.found.some((known) => known.place !== undefined && known.same === same && known.path === path)));
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

