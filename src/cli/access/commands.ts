import type { Command } from 'commander';
import { withData, type Finish } from '../command-options.ts';
import type { Terminal } from '../terminal.ts';
import type { ReportOptions } from './report.ts';

/** `sallyport access report`. */
export const addAccess = (program: Command, terminal: Terminal, finish: Finish): void => {
  const access = program.command('access').description('who could reach what');
  withData(access.command('report').description('what could a person reach at a time, and through what'))
    .requiredOption('--person <person>', 'per_…, provider:subject, or the name that rules and keys use')
    .option('--as-of <when>', 'a date, or so long ago (30d, 12h); now unless given')
    .option('--server <server>', 'this server alone')
    .option('--csv', 'a table for spreadsheets (RFC 4180)')
    .action(async (options: ReportOptions) => finish(await (await import('./report.ts')).report(options, terminal)));
};
