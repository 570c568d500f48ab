import type { Command } from 'commander';
import { realClock } from '../../adapters/world/world.ts';
import { withData, type Finish } from '../command-options.ts';
import type { Terminal } from '../terminal.ts';
import type { TrailOptions } from './checkpoint.ts';
import type { ExportOptions } from './export.ts';
import type { AuditOptions } from './look.ts';
import type { VerifyOptions } from './verify.ts';

/** `sallyport audit`: looking into the trail, and proving it. */
export const addAudit = (program: Command, terminal: Terminal, finish: Finish): void => {
  const look = async (words: readonly string[], options: AuditOptions): Promise<void> => {
    const stopped = new AbortController();
    process.once('SIGINT', () => stopped.abort());
    finish(await (await import('./look.ts')).look(options, terminal, { words, nowMs: realClock.nowMs(), stopped: stopped.signal }));
  };
  const audit = withData(program.command('audit').description('who did what, as sentences'))
    .argument('[filter...]', 'who:alice* server:crm -decision:allow since:7d (docs/audit.md)')
    .option('-f, --follow', 'go on as records come')
    .option('-n, --limit <records>', 'how many of the last records', '50')
    .option('--intents', 'show the intent records of writes too')
    .option('--csv', 'a table for spreadsheets (RFC 4180)')
    // A term may begin with a -; what begins with two is refused with the filter.
    .allowUnknownOption()
    .action(look);
  withData(audit.command('list').description('the same as "sallyport audit", with its options')).argument('[filter...]', 'as there').allowUnknownOption()
    .action((words: readonly string[], _: unknown, command: Command) => look(words, command.optsWithGlobals<AuditOptions>()));
  withData(audit.command('verify').description('is the trail what was written, and which record is the first that is not'))
    .option('--since <when>', 'begin there (30d, 12h or a date), and take for granted what stands before')
    .option('--checkpoint <file>', 'a checkpoint that was kept elsewhere: the trail has to agree with it')
    .option('--public-key <file>', 'the public key of the trail (default: that of the data directory)')
    .option('--file <database>', 'a copy of sallyport.db instead of a data directory')
    .action(async (_: unknown, command: Command) => finish((await import('./verify.ts')).verify(command.optsWithGlobals<VerifyOptions>(), terminal, realClock.nowMs())));
  withData(audit.command('checkpoint').description('how far the trail goes, signed, to be kept elsewhere')).action(async (_: unknown, command: Command) =>
    finish((await import('./checkpoint.ts')).checkpoint(command.optsWithGlobals<TrailOptions>(), terminal, realClock.nowMs())));
  withData(audit.command('prove').description('is the value on stdin the one that a record has masked').argument('<request>', 'req_…').argument('<argument>', 'where it stood, such as customer.email'))
    .action(async (request: string, argument: string, _: unknown, command: Command) => finish(await (await import('./prove.ts')).prove({ request, argument }, command.optsWithGlobals<TrailOptions>(), terminal)));
  withData(audit.command('export').description('what matches a filter, oldest first, in a format of others').argument('[filter...]', 'as for "sallyport audit"'))
    .option('--format <format>', 'jsonl, csv, ocsf, cef or otlp', 'jsonl')
    .allowUnknownOption()
    .action(async (words: readonly string[], _: unknown, command: Command) => finish(await (await import('./export.ts')).exportTrail(words, command.optsWithGlobals<ExportOptions>(), { terminal, nowMs: realClock.nowMs() })));
  withData(audit.command('key').description('the public key of the trail')).action(async (_: unknown, command: Command) => finish((await import('./checkpoint.ts')).key(command.optsWithGlobals<TrailOptions>(), terminal)));
};
