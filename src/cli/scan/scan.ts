import { GitFailed } from '../../adapters/scanned/git-history.ts';
import { printable } from '../../model/redaction.ts';
import { CliError, EXIT, type ExitCode } from '../exit.ts';
import { writeJson, type CommonOptions, type Terminal } from '../terminal.ts';
import { foldersOf, readClients } from './clients.ts';
import { fixClients, type Fixed, type FixOptions, type FixResult } from './fix-clients.ts';
import { quarantineFound } from './quarantine.ts';
import { say, writeSarif } from './say.ts';
import { ScanRun, type RunOptions } from './scan-run.ts';
import type { ServerOptions } from './scan-server.ts';

export interface ScanOptions extends CommonOptions, RunOptions, FixOptions, ServerOptions {
  readonly sarif?: string;
  readonly quarantine?: boolean;
  readonly data?: string;
  readonly clients?: boolean;
  readonly fix?: boolean;
}

const explained = (error: unknown, path: string): unknown => {
  if (error instanceof GitFailed) return new CliError(`git cannot say what is in ${printable(path)}: ${printable(error.message)}`, { exitCode: EXIT.failure, cure: 'name a folder that is a git repository, or leave --git and --staged out', cause: error });
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new CliError(`${printable(path)} is not there`, { exitCode: EXIT.usage, cure: 'name files or folders: sallyport scan .', cause: error });
  return error;
};

const usage = (message: string, cure: string): CliError => new CliError(message, { exitCode: EXIT.usage, cure });

const NOTHING_FIXED: FixResult = { fixed: [], failures: [] };

/** What is to be looked through: files and folders, and the words after `--`. */
export interface Scannable {
  readonly paths: readonly string[];
  readonly command: readonly string[] | undefined;
}

const checkServer = ({ command }: Scannable, { server, staged, keyFrom, ca }: ScanOptions): void => {
  if (command?.length === 0) throw usage('there is no command after --', 'sallyport scan -- COMMAND ARGS…');
  if (command !== undefined && server !== undefined) throw usage('--server and a command after -- are two servers', 'scan one after the other');
  if (server === undefined && (keyFrom !== undefined || ca !== undefined)) throw usage('--key-from and --ca belong to --server', 'sallyport scan --server URL --key-from env:NAME');
  if (staged === true && (server !== undefined || command !== undefined)) throw usage('--staged looks at what is about to be committed and at nothing else', 'scan the server by itself');
};

const check = ({ paths, command }: Scannable, { git, staged, logs, clients, fix, yes, dryRun, server }: ScanOptions): void => {
  if (paths.length === 0 && clients !== true && server === undefined && command === undefined) throw usage('scan needs something to look through', 'sallyport scan .   or, with the history, sallyport scan --git .   for MCP clients, sallyport scan --clients   or, for a server, sallyport scan --server URL');
  if (paths.length === 0 && (git === true || staged === true || logs === true)) throw usage('--git, --staged and --logs need a path', 'name files or folders beside them: sallyport scan --clients --git .');
  if (staged === true && (git === true || logs === true || clients === true)) throw usage('--staged looks at what is about to be committed and at nothing else', 'leave --git, --logs and --clients out');
  if (fix === true && clients !== true) throw usage('--fix changes files of MCP clients and nothing else', 'add --clients');
  if (fix !== true && (yes === true || dryRun === true)) throw usage('--yes and --dry-run belong to --fix', 'sallyport scan --clients --fix --dry-run');
  if (yes === true && dryRun === true) throw usage('--yes changes files and --dry-run does not', 'leave one of them out');
};

const CAME = { lifted: 'lifted  ', open: 'can be  ', 'by-hand': 'by hand ' } as const;

const sayFixed = (fixed: readonly Fixed[], { json, quiet }: ScanOptions, terminal: Terminal): void => {
  for (const one of fixed) {
    if (json === true) writeJson(terminal, one);
    else if (quiet !== true) terminal.stdout.write(`${CAME[one.came]} ${printable(one.path)} (${printable(one.place)})\n         next: ${printable(one.next)}\n`);
  }
};

const scanServers = async (run: ScanRun, { command }: Scannable, options: ScanOptions, terminal: Terminal): Promise<void> => {
  if (options.server === undefined && command === undefined) return;
  const { scanCommand, scanServer } = await import('./scan-server.ts');
  await run.server(command === undefined ? await scanServer(options.server ?? '', options, terminal) : await scanCommand(command));
};

/** `sallyport scan PATH…`: secrets where they should not be. Nothing leaves this machine, but for questions to a server that is named. */
export const scan = async (scannable: Scannable, options: ScanOptions, { terminal, version }: { readonly terminal: Terminal; readonly version: string }): Promise<ExitCode> => {
  check(scannable, options);
  checkServer(scannable, options);
  const { paths } = scannable;
  const run = new ScanRun(options, terminal.env['PATH']);
  const { found } = run.scanned;
  const folders = foldersOf(terminal.env);
  const clients = options.clients === true ? run.clients(await readClients({ folders, projects: paths.length === 0 ? ['.'] : paths, leaveOut: (left) => void run.scanned.leftOut.push(left) })) : [];
  for (const path of paths) {
    await run.path(path).catch((error: unknown) => {
      throw explained(error, path);
    });
  }
  await scanServers(run, scannable, options, terminal);
  if (options.sarif !== undefined) writeSarif(options.sarif, found, version);
  say(run.scanned, options, terminal);
  if (options.quarantine === true) await quarantineFound(found, options, terminal);
  const { fixed, failures } = options.fix === true ? await fixClients(clients, { ...options, folders }, terminal) : NOTHING_FIXED;
  sayFixed(fixed, options, terminal);
  for (const failure of failures) throw failures.length === 1 ? failure : new CliError(failures.map(({ message }) => message).join('; '), { exitCode: EXIT.failure, cure: failure.cure });
  return found.length === fixed.filter(({ came }) => came === 'lifted').length ? EXIT.ok : EXIT.findings;
};
