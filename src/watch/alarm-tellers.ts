import type { Alarm } from '../model/alarm.ts';
import type { AlarmChannels } from '../ports/alarm-channel.ts';
import type { World } from '../ports/world.ts';
import { AlarmDelivery, type DeliverySettings } from './alarm-delivery.ts';

/** All channels of a configuration. */
export class AlarmTellers implements AlarmChannels {
  readonly #world: Pick<World, 'clock' | 'random' | 'log'>;
  #all: readonly { readonly settings: DeliverySettings; readonly delivery: AlarmDelivery }[] = [];

  constructor(world: Pick<World, 'clock' | 'random' | 'log'>) {
    this.#world = world;
  }

  get names(): readonly string[] {
    return this.#all.map(({ settings }) => settings.name);
  }

  /** Takes the channels of another configuration; what waits for one waits for the one of its name. */
  follow(channels: readonly DeliverySettings[]): void {
    const waiting = new Map(this.#all.map(({ settings, delivery }) => [settings.name, delivery.waiting]));
    this.close();
    this.#all = channels.map((settings) => ({ settings, delivery: new AlarmDelivery(settings, this.#world) }));
    for (const { settings, delivery } of this.#all) for (const alarm of waiting.get(settings.name) ?? []) delivery.tell(alarm);
  }

  /** Tells every channel. */
  tell(alarm: Alarm): void {
    for (const { delivery } of this.#all) delivery.tell(alarm);
  }

  async test(name: string): Promise<void> {
    const found = this.#all.find(({ settings }) => settings.name === name);
    if (found === undefined) throw new TypeError(`there is no channel ${name}`);
    const nowMs = this.#world.clock.nowMs();
    await found.settings.channel.send({
      id: `alm_${Buffer.from(this.#world.random.bytes(9)).toString('hex')}`, name: 'alarms.test', subject: name, step: 0, words: `This is a trial of the channel "${name}": nothing is the matter`,
      evidence: [], cures: ['sallyport alarms list'], state: 'open', raisedAtMs: nowMs, lastAtMs: nowMs,
    });
  }

  close(): void {
    for (const { delivery } of this.#all) delivery.close();
  }
}
