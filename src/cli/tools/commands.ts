import type { Command } from 'commander';
import { withData, type Finish } from '../command-options.ts';
import type { KeysOptions } from '../with-store.ts';
import type { Terminal } from '../terminal.ts';

const running = () => import('./tools.ts');

/** `sallyport tools …`: each command is an operation of the admin plane. */
export const addTools = (program: Command, terminal: Terminal, finish: Finish): void => {
  const tools = program.command('tools').description('see which tools of servers have changed, and accept them');
  withData(tools.command('list').description('list the tools that were seen, and which wait to be accepted'))
    .option('--server <server>', 'tools of this server')
    .option('--waiting', 'only those that wait')
    .action(async (options: KeysOptions & { server?: string; waiting?: boolean }) => finish(await (await running()).toolsList(options, terminal)));
  withData(tools.command('diff').description('show what has changed about the tools that wait').argument('<server>', 'the server').argument('[tool]', 'one tool')).action(async (server: string, tool: string | undefined, options: KeysOptions) =>
    finish(await (await running()).toolsDiff({ server, ...(tool === undefined ? {} : { tool }) }, options, terminal)),
  );
  withData(tools.command('accept').description('accept a tool as its server describes it now').argument('<server>', 'the server').argument('[tool]', 'the tool'))
    .option('--all', 'every tool of the server that waits')
    .option('--digest <digest>', 'only if it is still this one, as tools diff shows it')
    .action(async (server: string, tool: string | undefined, options: KeysOptions & { all?: boolean; digest?: string }) =>
      finish(await (await running()).toolsAccept({ server, ...(tool === undefined ? {} : { tool }), ...(options.all === true ? { all: true as const } : {}), ...(options.digest === undefined ? {} : { digest: options.digest }) }, options, terminal)),
    );
};
