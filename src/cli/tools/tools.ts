import { acceptTools } from '../../admin/operations/accept-tools.ts';
import { diffTools } from '../../admin/operations/diff-tools.ts';
import { listTools } from '../../admin/operations/list-tools.ts';
import { runRecorded } from '../../admin/terminal-record.ts';
import { printable } from '../../model/redaction.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { withStore, type KeysOptions } from '../with-store.ts';
import { writeJson, type Terminal } from '../terminal.ts';

const WORDS = { accepted: 'accepted', changed: 'changed, waits', new: 'new, waits' } as const;

const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 16).replace('T', ' ');

/** `sallyport tools list`: every tool that was seen, and since when it is as it is. */
export const toolsList = async (options: KeysOptions & { readonly server?: string; readonly waiting?: boolean }, terminal: Terminal): Promise<ExitCode> => {
  const asked = { ...(options.server === undefined ? {} : { server: options.server }), ...(options.waiting === true ? { waiting: true } : {}) };
  const { tools } = await withStore(options, terminal, ({ needs, by }) => listTools.run(asked, needs, by));
  for (const tool of tools) {
    if (options.json === true) writeJson(terminal, tool);
    else terminal.stdout.write(`${printable(`${tool.server}:${tool.tool}`)}  ${WORDS[tool.state]} since ${dayOf(tool.sinceMs)}  ${tool.digest.slice(0, 19)}…\n`);
  }
  if (tools.length === 0 && options.json !== true && options.quiet !== true) terminal.stderr.write('no such tool was seen yet: they are seen when a client lists them\n');
  return EXIT.ok;
};

/** `sallyport tools diff SERVER [TOOL]`: what has changed, one line for each member. Findings have an exit code of their own. */
export const toolsDiff = async (asked: { readonly server: string; readonly tool?: string }, options: KeysOptions, terminal: Terminal): Promise<ExitCode> => {
  const { differences } = await withStore(options, terminal, ({ needs, by }) => diffTools.run(asked, needs, by));
  for (const difference of differences) {
    if (options.json === true) {
      writeJson(terminal, difference);
      continue;
    }
    terminal.stdout.write(`${printable(`${difference.server}:${difference.tool}`)}  ${difference.isNew ? 'new' : 'changed'} since ${dayOf(difference.sinceMs)}  ${difference.digest}\n`);
    for (const change of difference.changes) terminal.stdout.write(`  ${printable(change)}\n`);
  }
  if (options.json !== true && options.quiet !== true) terminal.stderr.write(`next: sallyport tools accept ${printable(asked.server)} ${asked.tool === undefined ? '--all' : printable(asked.tool)}\n`);
  return EXIT.findings;
};

/** `sallyport tools accept SERVER TOOL`, or `--all`. */
export const toolsAccept = async (asked: Parameters<typeof acceptTools.run>[0], options: KeysOptions, terminal: Terminal): Promise<ExitCode> => {
  const { accepted } = await withStore(options, terminal, (desk) => runRecorded(acceptTools, asked, desk));
  for (const tool of accepted) {
    if (options.json === true) writeJson(terminal, tool);
    else terminal.stdout.write(`accepted ${printable(`${tool.server}:${tool.tool}`)}  ${tool.digest}\n`);
  }
  return EXIT.ok;
};
