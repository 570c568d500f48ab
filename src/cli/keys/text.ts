import type { ListedKey } from '../../admin/keys/listed-key.ts';
import type { ShownKey } from '../../admin/operations/show-key.ts';
import type { KeyLimits } from '../../model/api-key.ts';
import { counted } from '../../model/counted.ts';
import { sayHours } from '../../model/hours.ts';
import { printable } from '../../model/redaction.ts';
import type { painter } from '../terminal.ts';

type Paint = ReturnType<typeof painter>;

/** `2026-11-21` */
export const dateOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);

/** `2026-11-21 05:26` */
export const timeOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 16).replace('T', ' ');

/** What a key may do, as it is written. */
export const mayText = (key: Pick<ListedKey, 'permissions' | 'roles'>): string => [...key.permissions, ...key.roles.map((role) => `role ${role}`)].map(printable).join(' ');

const stateText = (key: ListedKey, paint: Paint): string => paint(key.state === 'active' ? 'green' : 'yellow', key.state.padEnd(11));

/** One line of `keys list`. */
export const listLine = (key: ListedKey, paint: Paint): string => {
  const until = key.expiresAtMs === undefined ? 'never' : dateOf(key.expiresAtMs);
  const used = key.lastUse === undefined ? 'unused' : `used ${timeOf(key.lastUse.atMs)}`;
  const due = key.due === true && key.rotateByMs !== undefined ? `  ${paint('yellow', `rotate by ${dateOf(key.rotateByMs)}`)}` : '';
  const leaks = key.leakReports === undefined ? '' : `  ${paint('yellow', `${counted(key.leakReports, 'leak report')}`)}`;
  return `${key.id}  ${key.hint}  ${stateText(key, paint)}  until ${until}  ${used}  ${printable(key.owner)}  ${printable(key.name)}  ${mayText(key)}${due}${leaks}\n`;
};

const LIMIT_WORDS: readonly (readonly [keyof KeyLimits, string])[] = [['perSecond', 'a second'], ['burst', 'at once'], ['perDay', 'a day'], ['perMonth', 'a month'], ['inFlight', 'in flight']];

/** `10 a second, 1000 a day` */
export const limitsText = (limits: KeyLimits): string => LIMIT_WORDS.flatMap(([name, words]) => (limits[name] === undefined ? [] : [`${String(limits[name])} ${words}`])).join(', ');

const factLines = (key: ListedKey): readonly (readonly [string, string | undefined])[] => [
  ['purpose', key.purpose === undefined ? undefined : printable(key.purpose)],
  ['owner', printable(key.owner)],
  ['may', mayText(key)],
  ['opens', `${key.environment} servers`],
  ['made', timeOf(key.createdAtMs)],
  ['expires', key.expiresAtMs === undefined ? 'never' : timeOf(key.expiresAtMs)],
  ['networks', key.networks?.join(', ')],
  ['hours', key.hours === undefined ? undefined : sayHours(key.hours)],
  ['place', key.headerOnly === true ? 'a header, never the URL' : undefined],
  ['limits', key.limits === undefined ? undefined : limitsText(key.limits)],
  ['class', key.keyClass],
  ['rotate by', key.rotateByMs === undefined ? undefined : `${dateOf(key.rotateByMs)}${key.due === true ? ', which is due' : ''}`],
  ['replaces', key.predecessor],
  ['replaced by', key.successor === undefined ? undefined : `${key.successor}, overlap until ${timeOf(key.overlapEndsAtMs ?? 0)}`],
  ['disabled', key.disabledAtMs === undefined ? undefined : timeOf(key.disabledAtMs)],
  ['quarantine', key.quarantinedAtMs === undefined ? undefined : `since ${timeOf(key.quarantinedAtMs)}`],
  ['leaks', key.leakReports === undefined ? 'never reported' : `${counted(key.leakReports, 'report')}, the last ${timeOf(key.leakReportedAtMs ?? 0)}`],
  ['revoked', key.revokedAtMs === undefined ? undefined : timeOf(key.revokedAtMs)],
  ['last used', key.lastUse === undefined ? 'never' : `${timeOf(key.lastUse.atMs)} from ${key.lastUse.address} by ${printable(key.lastUse.client)}`],
];

/** One line for each caller. */
export const callerLines = (callers: ShownKey['callers']): readonly string[] =>
  callers.map(({ address, client, lastAtMs, calls }) => `  ${address.padEnd(22)} ${printable(client).padEnd(24)} last seen ${timeOf(lastAtMs)}  ${counted(calls, 'call')}\n`);

/** All of `keys show`. */
export const showText = ({ key, targets, callers, callsByDay, stillUsedBy, warnings }: ShownKey, paint: Paint): string => {
  const facts = factLines(key).flatMap(([label, text]) => (text === undefined ? [] : [`  ${paint('dim', label.padEnd(12))} ${text}\n`]));
  const heading = stillUsedBy === undefined ? 'callers' : `still used by ${String(stillUsedBy)}`;
  return [
    `${key.id}  ${key.hint}  ${stateText(key, paint)}  ${printable(key.name)}\n`,
    ...facts,
    ...warnings.map((warning) => `${paint('yellow', 'warning')} ${warning}\n`),
    ...(callers.length === 0 && stillUsedBy === undefined ? [] : [`${paint('bold', heading)}\n`, ...callerLines(callers)]),
    ...(targets.length === 0 ? [] : [`${paint('bold', 'calls')}\n`, ...targets.map(({ server, call, target, calls }) => `  ${String(calls).padStart(8)}  ${call}  ${printable(target)} on ${server}\n`)]),
    ...(callsByDay.length === 0 ? [] : [`${paint('bold', 'days')}\n`, ...callsByDay.map(({ day, calls }) => `  ${day}  ${String(calls)}\n`)]),
  ].join('');
};
