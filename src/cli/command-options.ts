import { Option, type Command } from 'commander';
import type { ExitCode } from './exit.ts';

/** Takes the exit code of the command that ran. */
export type Finish = (code: ExitCode) => void;

/** The flags of every command. */
export const common = (command: Command): Command => command.option('--json', 'one JSON value per line on stdout').option('--quiet', 'no words');

/** The flags of every command that looks into a data directory. */
export const withData = (command: Command): Command => common(command).option('--data <dir>', 'data directory (default: the user\'s)');

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

/** A flag that may be repeated; all its values are taken. */
export const repeated = (flags: string, description: string): Option => new Option(flags, `${description}; may be repeated`).argParser(collect).default([]);
