import type { Secret } from '../../model/secret.ts';
import type { AlarmChannel } from '../../ports/alarm-channel.ts';
import type { World } from '../../ports/world.ts';

/** What an entry of `alarms.channels` says, with its secrets read. A kind uses those members that it names. */
export interface ChannelSettings {
  readonly url?: string | undefined;
  /** Of a hook whose URL is the secret. */
  readonly hook?: Secret | undefined;
  readonly secret?: Secret | undefined;
  readonly key?: Secret | undefined;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly tls?: 'starttls' | 'implicit' | 'none' | undefined;
  /** Certificates to trust in place of the system's, PEM. */
  readonly ca?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: Secret | undefined;
  readonly from?: string | undefined;
  readonly to?: readonly string[] | undefined;
}

export type ChannelMember = keyof ChannelSettings;

/** A kind of channel. */
export interface ChannelKind<Kind extends string> {
  readonly kind: Kind;
  /** What has to be said of one, and what may be. */
  readonly requires: readonly ChannelMember[];
  readonly takes: readonly ChannelMember[];
  build(settings: ChannelSettings, world: Pick<World, 'clock' | 'network'>): AlarmChannel;
}

/** Settings that the configuration demands; that they are there was checked when it was read. */
export const needed = <Value>(value: Value | undefined, name: string): Value => {
  if (value === undefined) throw new TypeError(`the setting ${name} is missing`);
  return value;
};
