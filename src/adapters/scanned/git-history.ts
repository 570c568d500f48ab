import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { isSkipped, MOST_BYTES, readIgnored, textOf, type LeftOut, type ScannedText } from './walk-files.ts';

/** Git is not there, or does not know the folder. */
export class GitFailed extends Error {}

/** Nobody's configuration, pager, hook or password prompt has a part in it. */
const ENVIRONMENT = { GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', GIT_PAGER: 'cat', LC_ALL: 'C' };

interface Asked {
  readonly folder: string;
  readonly words: readonly string[];
  readonly input?: string;
}

/** What git writes, piece by piece. @throws GitFailed with git's own words */
async function* asking({ folder, words, input }: Asked, path: string | undefined): AsyncGenerator<Buffer> {
  const child = spawn('git', ['-C', folder, '-c', 'core.fsmonitor=false', ...words], { stdio: ['pipe', 'pipe', 'pipe'], env: { PATH: path, ...ENVIRONMENT } });
  let [said, failed] = ['', undefined as Error | undefined];
  child.on('error', (error) => (failed = error));
  child.stderr.on('data', (piece: Buffer) => (said = `${said}${piece.toString()}`.slice(0, 500)));
  child.stdin.on('error', () => undefined); // git ended first, and its exit code says why
  child.stdin.end(input ?? '');
  const ended = once(child, 'close').catch(() => [1]);
  try {
    for await (const piece of child.stdout) yield piece as Buffer; // no encoding is set
  } finally {
    child.stdout.destroy();
  }
  const [code] = await ended;
  if (failed !== undefined) throw new GitFailed('git is not installed, or not in PATH');
  if (code !== 0) throw new GitFailed(said.trim().split('\n')[0] ?? 'git failed');
}

const answer = async (asked: Asked, path: string | undefined): Promise<string> => {
  const pieces: Buffer[] = [];
  for await (const piece of asking(asked, path)) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
};

/** One object of `cat-file --batch`. */
interface GitObject {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Takes objects out of the stream of `cat-file --batch`: a line with name, kind and size, then so many bytes and a line's end. */
async function* objectsIn(pieces: AsyncIterable<Buffer>): AsyncGenerator<GitObject> {
  let held = Buffer.alloc(0);
  for await (const piece of pieces) {
    held = Buffer.concat([held, piece]);
    for (;;) {
      const end = held.indexOf(10);
      if (end < 0) break;
      const [name = '', , size] = held.toString('utf8', 0, end).split(' ');
      const length = Number(size);
      if (Number.isNaN(length)) {
        held = held.subarray(end + 1); // `missing`: of a submodule
        continue;
      }
      if (held.length < end + 1 + length + 1) break;
      yield { name, bytes: held.subarray(end + 1, end + 1 + length) };
      held = held.subarray(end + 1 + length + 1);
    }
  }
}

/** Names of all texts that were ever committed, the deleted and the amended too, and under which path first. */
const blobsOf = async (folder: string, path: string | undefined, leaveOut: (left: LeftOut) => void): Promise<ReadonlyMap<string, string>> => {
  const listed = await answer({ folder, words: ['rev-list', '--objects', '--all', '--reflog'] }, path);
  const named = new Map<string, string>();
  for (const line of listed.split('\n')) {
    const [name = '', ...rest] = line.split(' ');
    if (rest.length > 0 && rest.join(' ') !== '' && !named.has(name)) named.set(name, rest.join(' '));
  }
  const kinds = await answer({ folder, words: ['cat-file', '--batch-check'], input: `${[...named.keys()].join('\n')}\n` }, path);
  const isIgnored = readIgnored(folder);
  const blobs = new Map<string, string>();
  for (const line of kinds.split('\n')) {
    const [name = '', kind, size] = line.split(' ');
    const at = named.get(name) ?? '';
    if (kind !== 'blob' || isSkipped(at) || isIgnored(at)) continue;
    if (Number(size) > MOST_BYTES) leaveOut({ path: at, why: `of the history is larger than ${String(MOST_BYTES / 1024 / 1024)} MB` });
    else blobs.set(name, at);
  }
  return blobs;
};

export interface GitNeeds {
  readonly folder: string;
  /** Where git is looked for. */
  readonly path: string | undefined;
  readonly leaveOut: (left: LeftOut) => void;
}

/** Which commit brought an object in, and when. */
export const commitOf = async ({ folder, path }: Pick<GitNeeds, 'folder' | 'path'>, blob: string): Promise<{ readonly commit?: string; readonly committedAt?: string }> => {
  const [commit, committedAt] = (await answer({ folder, words: ['log', '--all', '--reflog', `--find-object=${blob}`, '--diff-filter=AMCR', '--topo-order', '--format=%H %aI', '--reverse'] }, path)).split('\n')[0]?.split(' ') ?? [];
  return commit === undefined || commit === '' || committedAt === undefined ? {} : { commit, committedAt };
};

/** Every text of the history, with its name in git in place of a commit; and every message of a commit. */
export async function* gitHistory(needs: GitNeeds): AsyncGenerator<ScannedText & { readonly blob?: string }> {
  const { folder, path } = needs;
  const blobs = await blobsOf(folder, path, needs.leaveOut);
  if (blobs.size > 0) {
    for await (const { name, bytes } of objectsIn(asking({ folder, words: ['cat-file', '--batch'], input: `${[...blobs.keys()].join('\n')}\n` }, path))) {
      const text = textOf(bytes);
      if (text !== undefined) yield { path: blobs.get(name) ?? name, text, blob: name };
    }
  }
  const messages = await answer({ folder, words: ['log', '--all', '--reflog', '--format=%H%x1f%aI%x1f%B%x1e'] }, path);
  for (const message of messages.split('\u001e')) {
    const [commit = '', committedAt = '', text = ''] = message.trim().split('\u001f');
    if (text !== '') yield { path: '(commit message)', text, commit, committedAt };
  }
}

/** What is about to be committed. */
export async function* gitStaged({ folder, path, leaveOut }: GitNeeds): AsyncGenerator<ScannedText> {
  const top = (await answer({ folder, words: ['rev-parse', '--show-toplevel'] }, path)).trim();
  const names = (await answer({ folder: top, words: ['diff', '--cached', '--name-only', '--diff-filter=ACMR', '-z'] }, path)).split('\0').filter((name) => name !== '');
  const isIgnored = readIgnored(top);
  for (const name of names) {
    if (isSkipped(name) || isIgnored(name)) continue;
    const pieces: Buffer[] = [];
    for await (const piece of asking({ folder: top, words: ['show', `:${name}`] }, path)) pieces.push(piece);
    const bytes = Buffer.concat(pieces);
    if (bytes.length > MOST_BYTES) leaveOut({ path: name, why: 'is too large' });
    const text = textOf(bytes);
    if (text !== undefined && bytes.length <= MOST_BYTES) yield { path: name, text };
  }
}
