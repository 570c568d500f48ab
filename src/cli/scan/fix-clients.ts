import { join } from 'node:path';
import { readIfThere } from '../../adapters/scanned/client-files.ts';
import type { Folders, Lifted } from '../../scan/clients/client.ts';
import { lift } from '../../scan/clients/lift.ts';
import { namesFor } from '../../scan/clients/names.ts';
import type { JudgedLiteral } from '../../scan/clients/literals.ts';
import { printable } from '../../model/redaction.ts';
import { askAll } from '../ask.ts';
import { CliError, EXIT } from '../exit.ts';
import { replaceFile } from '../replace-file.ts';
import type { Terminal } from '../terminal.ts';
import type { FoundClient } from './clients.ts';

export interface FixOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/** What came of one secret: for people, and for programs. */
export interface Fixed {
  readonly path: string;
  readonly place: string;
  /** `open` is what would be lifted if somebody said yes. */
  readonly came: 'lifted' | 'open' | 'by-hand';
  /** What is left to do. */
  readonly next: string;
}

/** A file as it would be. */
interface Draft {
  readonly client: FoundClient;
  readonly text: string;
  readonly done: readonly Fixed[];
}

const draftOf = (client: FoundClient, names: ReadonlyMap<JudgedLiteral, string>, { home }: Folders): Draft => {
  let { text } = client;
  const done = client.found.map(({ literal }): Fixed => {
    const keyFile = join(home, '.config', 'sallyport', `${literal.server.replaceAll(/[^\w.-]/g, '-')}.key`);
    const lifted: Lifted = lift(client.file, { text, literal, client: client.file.client, name: names.get(literal) ?? 'SECRET', keyFile });
    const about = { path: client.path, place: literal.path.join('.') };
    if (lifted.kind === 'by-hand') return { ...about, came: 'by-hand', next: lifted.cure };
    ({ text } = lifted);
    return { ...about, came: 'lifted', next: lifted.set };
  });
  return { client, text, done };
};

/** Asks for each file, on a terminal; without one somebody has to have said so before. @throws CliError */
const agreed = async (drafts: readonly Draft[], { yes, dryRun }: FixOptions, terminal: Terminal): Promise<readonly Draft[]> => {
  if (dryRun === true) return [];
  const open = drafts.filter(({ client, text }) => text !== client.text);
  if (yes === true || open.length === 0) return open;
  if (terminal.stdin?.isTTY !== true) throw new CliError('nobody can be asked whether the files may be changed', { exitCode: EXIT.usage, cure: 'see what would change with --dry-run, then add --yes' });
  const answers = await askAll((given) => {
    const next = open.find(({ client }) => given[client.path] === undefined);
    if (next === undefined) return undefined;
    const count = next.done.filter(({ came }) => came === 'lifted').length;
    return { name: next.client.path, asks: `take ${count === 1 ? 'the secret' : `${String(count)} secrets`} out of ${printable(next.client.path)}? It is kept nowhere else: have the value at hand, or a new one made. [y/N]` };
  }, terminal);
  return open.filter(({ client }) => /^y(?:es)?$/i.test(answers[client.path] ?? ''));
};

/** @returns why it is as it was */
const failureOf = ({ client, text }: Draft): CliError | undefined => {
  // Clients write these files too, and a question may be open for long.
  if (readIfThere(client.path, () => undefined) !== client.text) return new CliError(`${printable(client.path)} has changed since it was read`, { exitCode: EXIT.failure, cure: 'close the client, and run it again' });
  try {
    replaceFile(client.path, text);
    return undefined;
  } catch (cause) {
    return new CliError(`${printable(client.path)} cannot be written (${cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'})`, { exitCode: EXIT.failure, cure: 'check the permissions of the file and its folder', cause });
  }
};

/** What came of each secret, and of files that could not be written. */
export interface FixResult {
  readonly fixed: readonly Fixed[];
  readonly failures: readonly CliError[];
}

/**
 * Puts references in the place of secrets, in the files of those clients that know any. A file that cannot be written is as it was, and the others are
 * gone on with: what was taken out of them is said all the same, because it is kept nowhere else.
 */
export const fixClients = async (clients: readonly FoundClient[], options: FixOptions & { readonly folders: Folders }, terminal: Terminal): Promise<FixResult> => {
  const names = namesFor(clients.flatMap(({ found }) => found.map(({ literal }) => literal)));
  const drafts = clients.filter(({ found }) => found.length > 0).map((client) => draftOf(client, names, options.folders));
  const changed = await agreed(drafts, options, terminal);
  const written = new Set<Draft>();
  const failures = changed.flatMap((draft) => {
    const failure = failureOf(draft);
    if (failure === undefined) written.add(draft);
    return failure ?? [];
  });
  return { failures, fixed: drafts.flatMap((draft) => (written.has(draft) ? draft.done : draft.done.map((one) => (one.came === 'lifted' ? { ...one, came: 'open' as const } : one)))) };
};
