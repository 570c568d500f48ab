import { channelKinds } from '../../adapters/alarm-channels/list.ts';
import type { ChannelConfig } from './alarms-schema.ts';

interface Fault {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

const EVERY: ReadonlySet<string> = new Set(['kind', 'quiet']);

const faultsOf = (name: string, entry: ChannelConfig): readonly Fault[] => {
  const kind = channelKinds.find((one) => one.kind === entry.kind);
  if (kind === undefined) return [];
  const at = ['alarms', 'channels', name];
  const [takes, requires] = [kind.takes as readonly string[], kind.requires as readonly string[]];
  const given = Object.entries(entry).flatMap(([member, value]) => (value === undefined || EVERY.has(member) ? [] : [member]));
  return [
    ...requires.filter((member) => !given.includes(member)).map((member): Fault => ({ path: at, message: `is of the kind ${entry.kind} and has no ${member}: say it` })),
    ...given.filter((member) => !takes.includes(member)).map((member): Fault => ({ path: [...at, member], message: `is nothing of the kind ${entry.kind}, which takes ${takes.join(', ')}` })),
    ...((entry.user === undefined) !== (entry.password === undefined) ? [{ path: at, message: 'has one of user and password: say both, or neither' }] : []),
    ...(entry.tls === 'none' && entry.password !== undefined ? [{ path: [...at, 'tls'], message: 'would send the password in plain text: take out tls: none, or the password' }] : []),
  ];
};

interface Alarms {
  readonly usage: { readonly enabled: boolean };
  readonly throttle: boolean;
  readonly channels: Readonly<Record<string, ChannelConfig>>;
}

/** What is wrong with what is said of alarms: what a kind of channel needs is missing or is nothing of it, or nobody learns what callers are held to. */
export const alarmFaults = ({ alarms: { usage, throttle, channels } }: { readonly alarms: Alarms }): readonly Fault[] => [
  ...(throttle && !usage.enabled ? [{ path: ['alarms', 'throttle'], message: 'holds callers to what nobody learns: take out alarms.usage.enabled: false, or this' }] : []),
  ...Object.entries(channels).flatMap(([name, entry]) => faultsOf(name, entry)),
];
