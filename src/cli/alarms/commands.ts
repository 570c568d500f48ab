import type { Command } from 'commander';
import { withData, type Finish } from '../command-options.ts';
import type { Terminal } from '../terminal.ts';
import type { KeysOptions } from '../with-store.ts';

const running = () => import('./alarms.ts');

/** `sallyport alarms …`: each command is an operation of the admin plane. */
export const addAlarms = (program: Command, terminal: Terminal, finish: Finish): void => {
  const alarms = program.command('alarms').description('what was not as it should be, and what to do about it');
  withData(alarms.command('list').description('list open alarms, the newest first')).option('--all', 'those that are over, too').action(async (options: KeysOptions & { all?: boolean }) => finish(await (await running()).alarmsList(options, terminal)));
  withData(alarms.command('show').description('show an alarm, its evidence, and what can be done about it').argument('<id>', 'alm_…')).action(async (id: string, options: KeysOptions) => finish(await (await running()).alarmsShow(id, options, terminal)));
  withData(alarms.command('expect').description('what raised it is as it should be: learn it').argument('<id>', 'alm_…')).action(async (id: string, options: KeysOptions) => finish(await (await running()).alarmsExpect(id, options, terminal)));
  withData(alarms.command('resolve').description('it was dealt with').argument('<id>', 'alm_…')).action(async (id: string, options: KeysOptions) => finish(await (await running()).alarmsResolve(id, options, terminal)));
  withData(alarms.command('test').description('send a trial to a channel, and say whether it was taken').argument('<channel>', 'its name under alarms.channels'))
    .option('-c, --config <file>', 'configuration (default: the one the gateway reads)')
    .action(async (channel: string, options: KeysOptions & { config?: string }) => finish(await (await running()).alarmsTest(channel, options, terminal)));
};
