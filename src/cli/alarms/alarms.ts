import { expectAlarm } from '../../admin/operations/expect-alarm.ts';
import { listAlarms } from '../../admin/operations/list-alarms.ts';
import { resolveAlarm } from '../../admin/operations/resolve-alarm.ts';
import { testAlarms } from '../../admin/operations/test-alarms.ts';
import { runRecorded } from '../../admin/terminal-record.ts';
import { buildGuardedNetwork } from '../../adapters/network/guarded-network.ts';
import { buildLog } from '../../adapters/world/log.ts';
import { realClock, realWorld } from '../../adapters/world/world.ts';
import { AlarmTellers } from '../../watch/alarm-tellers.ts';
import { findConfig } from '../find-config.ts';
import { findDirectory, readRuntime } from '../home.ts';
import { withManagedSecrets } from '../managed-secrets.ts';
import { readConfigFile } from '../read-config.ts';
import { channelsOf } from './channels.ts';
import { showAlarm } from '../../admin/operations/show-alarm.ts';
import { EXPECTED_DAYS, type Alarm } from '../../model/alarm.ts';
import { printable } from '../../model/redaction.ts';
import { doing, saying } from '../doing.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { timeOf } from '../keys/text.ts';
import { writeJson, type Terminal } from '../terminal.ts';
import { withStore, type KeysOptions } from '../with-store.ts';

const PAGE = 1_000;

const lineOf = ({ id, name, state, untold, raisedAtMs, words }: Alarm): string => `${id}  ${(state === 'open' && untold === true ? 'noted' : state).padEnd(8)}  ${timeOf(raisedAtMs)}  ${name}  ${printable(words)}`;

/** `sallyport alarms list [--all]` */
export const alarmsList = (options: KeysOptions & { readonly all?: boolean }, terminal: Terminal): Promise<ExitCode> =>
  withStore(options, terminal, async ({ needs, by }) => {
    const wanted = options.all === true ? {} : { state: 'open' as const };
    let after: string | undefined;
    do {
      const page: Awaited<ReturnType<typeof listAlarms.run>> = await listAlarms.run({ limit: PAGE, ...wanted, ...(after === undefined ? {} : { after }) }, needs, by);
      for (const alarm of page.alarms) {
        if (options.json === true) writeJson(terminal, alarm);
        else terminal.stdout.write(`${lineOf(alarm)}\n`);
      }
      after = page.next;
    } while (after !== undefined);
    return EXIT.ok;
  });

const closedText = ({ state, closed }: Alarm): readonly string[] => (closed === undefined ? [] : [`${state} at ${timeOf(closed.atMs)}${closed.by === undefined ? '' : ` by ${printable(closed.by)}`}`]);

const shownText = (alarm: Alarm): string =>
  [lineOf(alarm), ...alarm.evidence.map(({ words }) => `  evidence  ${printable(words)}`), `  last seen ${timeOf(alarm.lastAtMs)}`, ...closedText(alarm), ...(alarm.state === 'open' ? alarm.cures.map((cure) => `  next      ${printable(cure)}`) : [])].join('\n');

/** `sallyport alarms show ID` */
export const alarmsShow = async (id: string, options: KeysOptions, terminal: Terminal): Promise<ExitCode> => {
  const shown = await withStore(options, terminal, ({ needs, by }) => showAlarm.run({ id }, needs, by));
  return saying(shown, ({ alarm }) => shownText(alarm), { options, terminal });
};

/** `sallyport alarms expect ID` */
export const alarmsExpect = (id: string, options: KeysOptions, terminal: Terminal): Promise<ExitCode> =>
  doing(options, terminal, { operation: expectAlarm, input: { id }, words: () => `${id} is expected: the same raises no alarm for ${String(EXPECTED_DAYS)} days, and is learned meanwhile` });

/** `sallyport alarms resolve ID` */
export const alarmsResolve = (id: string, options: KeysOptions, terminal: Terminal): Promise<ExitCode> =>
  doing(options, terminal, { operation: resolveAlarm, input: { id }, words: () => `${id} is resolved: what shows again raises another` });

/** `sallyport alarms test CHANNEL [-c FILE]`: from here, by the configuration, whether a gateway runs or not. */
export const alarmsTest = async (channel: string, options: KeysOptions & { readonly config?: string }, terminal: Terminal): Promise<ExitCode> => {
  const file = options.config ?? readRuntime(findDirectory(options.data, terminal.env))?.config;
  const config = await withManagedSecrets(readConfigFile(findConfig(file, terminal.env), terminal.env), terminal.env);
  const world = realWorld(buildLog({ level: 'warn', pretty: true, write: (line) => void terminal.stderr.write(line) }), buildGuardedNetwork(config.fetch, { clock: realClock }));
  const tellers = new AlarmTellers(world);
  tellers.follow(channelsOf(config, terminal.env, world));
  const done = await withStore(options, terminal, (desk) => runRecorded(testAlarms, { channel }, { ...desk, needs: { ...desk.needs, channels: tellers } }));
  return saying(done, () => `the channel ${printable(channel)} has taken a trial: look whether it has arrived`, { options, terminal });
};
