import type { DatabaseSync } from 'node:sqlite';
import type { SinkState } from '../../../model/sink-state.ts';
import type { World } from '../../../ports/world.ts';
import { receiverKinds } from '../receivers/list.ts';
import type { ReceiverSettings } from '../receivers/receiver.ts';
import { Handover, type HandoverSettings } from './handover.ts';
import { Spool } from './spool.ts';

/** One entry of `audit.sinks`. */
export interface SinkSettings extends ReceiverSettings, HandoverSettings {
  readonly kind: (typeof receiverKinds)[number]['kind'];
}

const LOOK_MS = 250;

/** How long the end of a gateway waits for receivers. */
const FINISH_MS = 3_000;

export interface HandoversNeeds {
  readonly database: DatabaseSync;
  readonly world: Pick<World, 'clock' | 'log' | 'network'>;
  /** Told why calls are to be refused, and when they need not be any more. */
  readonly onBlock: (why: string | undefined) => void;
}

/** All receivers of a gateway's trail. */
export class Handovers {
  readonly #needs: HandoversNeeds;
  readonly #spool: Spool;
  readonly #stop: () => void;
  #all: readonly Handover[] = [];
  #turn: Promise<void> = Promise.resolve();

  constructor(needs: HandoversNeeds) {
    this.#needs = needs;
    this.#spool = new Spool(needs.database);
    this.#stop = needs.world.clock.every(LOOK_MS, () => this.#look());
  }

  get states(): readonly SinkState[] {
    return this.#all.map((one) => one.state());
  }

  /** Takes the receivers of another configuration; those of the old one have ended before. */
  follow(sinks: readonly SinkSettings[]): Promise<void> {
    this.#turn = this.#replace(this.#turn, sinks);
    return this.#turn;
  }

  async #replace(before: Promise<void>, sinks: readonly SinkSettings[]): Promise<void> {
    await before;
    await Promise.all(this.#all.map((one) => one.close()));
    this.#all = sinks.map((settings) => new Handover(settings, { receiver: this.#receiverOf(settings), spool: this.#spool, ...this.#needs.world }));
    this.#look();
  }

  /** Hands on what there is, as far as receivers take it in a moment; what they do not waits for the next start. */
  async close(): Promise<void> {
    this.#stop();
    await this.#turn;
    const all = this.#all;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#needs.world.clock.after(FINISH_MS, resolve);
    await Promise.race([promise, Promise.all(all.map(async (one) => {
      await one.finish();
      await one.close();
    }))]);
    cancel();
  }

  #look(): void {
    const blocking = this.#all.map((one) => one.look()).find(({ blocks }) => blocks);
    this.#needs.onBlock(blocking === undefined ? undefined : `the receiver ${blocking.sink} of the audit trail is ${String(blocking.lag)} records behind`);
  }

  #receiverOf(settings: SinkSettings) {
    const kind = receiverKinds.find((one) => one.kind === settings.kind);
    if (kind === undefined) throw new TypeError(`there is no receiver of the kind ${settings.kind}`);
    return kind.build(settings, this.#needs.world);
  }
}
