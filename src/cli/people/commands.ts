import type { Command } from 'commander';
import { withData, type Finish } from '../command-options.ts';
import type { Terminal } from '../terminal.ts';
import type { KeysOptions } from '../with-store.ts';

const running = () => import('./people.ts');

const WHO = 'per_…, provider:subject, or the name that rules and keys use';

/** `sallyport people …`: each command is an operation of the admin plane. */
export const addPeople = (program: Command, terminal: Terminal, finish: Finish): void => {
  const people = program.command('people').description('who has signed in, and who may no more');
  withData(people.command('list').description('list the people who have signed in')).action(async (options: KeysOptions) => finish(await (await running()).peopleList(options, terminal)));
  withData(people.command('show').description('show a person, and the keys they own').argument('<person>', WHO)).action(async (person: string, options: KeysOptions) => finish(await (await running()).peopleShow(person, options, terminal)));
  withData(people.command('disable').description('refuse all that a person holds, and let them sign in no more').argument('<person>', WHO))
    .option('--reason <words>', 'why, for the record')
    .option('--unknown', 'somebody who comes with tokens alone, of whom nothing is stored')
    .option('--dry-run', 'say what it would do, and change nothing')
    .action(async (person: string, options: KeysOptions & { reason?: string; unknown?: boolean }) => finish(await (await running()).peopleDisable(person, options, terminal)));
  withData(people.command('enable').description('take it back').argument('<person>', WHO))
    .option('--dry-run', 'say what it would do, and change nothing')
    .action(async (person: string, options: KeysOptions) => finish(await (await running()).peopleEnable(person, options, terminal)));
};
