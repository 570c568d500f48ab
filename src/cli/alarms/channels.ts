import { channelKinds } from '../../adapters/alarm-channels/list.ts';
import { channelEntries, type ChannelEntry } from '../../config/alarms/channel-settings.ts';
import type { Config } from '../../config/schema.ts';
import { sourcesOf, type Environment } from '../../config/secret-ref.ts';
import type { World } from '../../ports/world.ts';
import type { DeliverySettings } from '../../watch/alarm-delivery.ts';

const channelOf = ({ kind, settings }: ChannelEntry, world: Pick<World, 'clock' | 'network'>): DeliverySettings['channel'] => {
  const found = channelKinds.find((one) => one.kind === kind);
  if (found === undefined) throw new TypeError(`there is no channel of the kind ${kind}`);
  return found.build(settings, world);
};

/** The channels of a configuration, ready to be told. @throws ConfigError when a secret is not there */
export const channelsOf = (config: Config, environment: Environment, world: Pick<World, 'clock' | 'network'>): readonly DeliverySettings[] =>
  channelEntries(config, sourcesOf(environment, config)).map((entry) => ({ name: entry.name, isQuiet: entry.isQuiet, channel: channelOf(entry, world) }));
