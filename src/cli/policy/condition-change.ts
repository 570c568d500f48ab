import type { StoredKey } from '../../model/api-key.ts';
import type { AuditEvent } from '../../model/audit-event.ts';
import type { Hours } from '../../model/hours.ts';
import type { ApiKeyStore } from '../../ports/store.ts';
import { quoted, type Change } from './smallest-change.ts';

const hoursFlag = ({ days, from, to, zone }: Hours): string => `--hours '${days === undefined ? 'daily' : days.join(',')} ${from}-${to} ${zone}'`;

const LIMIT_FLAGS = [['perSecond', '--per-second'], ['burst', '--burst'], ['perDay', '--per-day'], ['perMonth', '--per-month'], ['inFlight', '--in-flight']] as const;

const flagsOf = ({ owner, name, permissions, roles, keyClass, headerOnly, environment, limits = {} }: StoredKey): readonly string[] => [
  `--owner ${quoted(owner)}`, `--name ${quoted(name)}`,
  ...permissions.map((text) => `--allow ${quoted(text)}`), ...roles.map((role) => `--role ${quoted(role)}`),
  ...LIMIT_FLAGS.flatMap(([member, flag]) => (limits[member] === undefined ? [] : [`${flag} ${String(limits[member])}`])),
  ...(keyClass === undefined ? [] : [`--class ${quoted(keyClass)}`]),
  ...(headerOnly === true ? ['--header-only'] : []),
  ...(environment === 'test' ? ['--test'] : []),
];

/**
 * What would allow a call that was refused for where or when its key may be used. The conditions of a key are never changed, so it is another
 * key: for this address besides, or without hours. The record names no caller, because nobody was let in; its reason names the key.
 */
export const conditionChange = ({ code, reason = '', address }: AuditEvent, keys: Pick<ApiKeyStore, 'get'>): Change | undefined => {
  if (code !== 'credential.network' && code !== 'credential.hours') return undefined;
  const key = keys.get(/\bkey_[0-9a-f]+\b/.exec(reason)?.[0] ?? '');
  if (key === undefined) return undefined;
  const networks = code === 'credential.network' ? [...(key.networks ?? []), address] : (key.networks ?? []);
  const hours = code === 'credential.network' && key.hours !== undefined ? [hoursFlag(key.hours)] : [];
  const what = code === 'credential.network' ? `another key like ${key.id}, for this address besides` : `another key like ${key.id}, for any hour`;
  return { kind: 'command', what, lines: ['sallyport keys create', ...flagsOf(key), ...networks.map((network) => `--network ${quoted(network)}`), ...hours].join(' ') };
};
