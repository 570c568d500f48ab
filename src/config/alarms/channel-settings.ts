import type { ChannelSettings } from '../../adapters/alarm-channels/channel.ts';
import { compileHours } from '../../model/hours.ts';
import { Secret } from '../../model/secret.ts';
import { readCertificates } from '../read-pem.ts';
import type { Config } from '../schema.ts';
import { resolveValue, type Sources } from '../secret-ref.ts';
import type { ChannelConfig } from './alarms-schema.ts';

/** One entry of `alarms.channels`, ready to be built. */
export interface ChannelEntry {
  readonly name: string;
  readonly kind: ChannelConfig['kind'];
  readonly settings: ChannelSettings;
  readonly isQuiet: (nowMs: number) => boolean;
}

/** The members that are references to secrets. */
export const SECRET_MEMBERS = ['secret', 'hook', 'key', 'password'] as const;

const secretsOf = (entry: ChannelConfig, where: string, sources: Sources): Partial<Record<(typeof SECRET_MEMBERS)[number], Secret>> =>
  Object.fromEntries(SECRET_MEMBERS.flatMap((member) => {
    const reference = entry[member];
    if (reference === undefined) return [];
    const found = resolveValue(reference, `${where}.${member}`, sources);
    return [[member, found instanceof Secret ? found : new Secret(found)]];
  }));

/**
 * The channels of a configuration, with their secrets and certificates read.
 * @throws ConfigError when one of these is not there
 */
export const channelEntries = ({ alarms }: Pick<Config, 'alarms'>, sources: Sources): readonly ChannelEntry[] =>
  Object.entries(alarms.channels).map(([name, entry]) => {
    const where = `alarms.channels.${name}`;
    const { kind, url, host, port, tls, user, from, to, quiet, ca } = entry;
    const trusted = ca === undefined ? undefined : readCertificates(ca, `${where}.ca`);
    return { name, kind, settings: { url, host, port, tls, user, from, to, ca: trusted, ...secretsOf(entry, where, sources) }, isQuiet: quiet === undefined ? () => false : compileHours(quiet) };
  });
