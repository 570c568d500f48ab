import type { SinkState } from '../../../model/sink-state.ts';
import { redactStart } from '../../../model/redaction.ts';
import type { World } from '../../../ports/world.ts';
import type { Receiver } from '../receivers/receiver.ts';
import type { Spool } from './spool.ts';

/** How long after a failure it is tried again: twice as long each time, up to half a minute. */
const [FIRST_RETRY_MS, LAST_RETRY_MS] = [500, 30_000];

/** A receiver that takes nothing for so long has stalled, however little waits for it. */
const STALLED_AFTER_MS = 5 * 60_000;

export interface HandoverSettings {
  readonly name: string;
  /** Records that may wait. */
  readonly spool: number;
  /** Whether calls are refused when more of them wait. */
  readonly failClosed: boolean;
}

interface Failing {
  readonly sinceMs: number;
  readonly reason: string;
}

export interface HandoverNeeds extends Pick<World, 'clock' | 'log'> {
  readonly receiver: Receiver;
  readonly spool: Spool;
}

const reasonOf = (error: unknown): string => redactStart(error instanceof Error ? error.message : 'unknown', 300);

/**
 * Hands the trail on to one receiver, in its order and each record at least once: the position moves when a batch was taken, and what failed is
 * tried again before anything behind it.
 */
export class Handover {
  readonly #settings: HandoverSettings;
  readonly #needs: HandoverNeeds;
  #position: number;
  #sending: Promise<void> | undefined;
  #failing: Failing | undefined;
  #retryMs = FIRST_RETRY_MS;
  #notBeforeMs = 0;
  #failures = 0;
  #stalled = false;
  #closed = false;

  constructor(settings: HandoverSettings, needs: HandoverNeeds) {
    this.#settings = settings;
    this.#needs = needs;
    this.#position = needs.spool.positionOf(settings.name);
  }

  state(): SinkState {
    const { name, spool, failClosed } = this.#settings;
    const lag = Math.max(0, this.#needs.spool.end() - this.#position);
    const failedForMs = this.#failing === undefined ? 0 : this.#needs.clock.nowMs() - this.#failing.sinceMs;
    return { sink: name, lag, stalled: lag > spool || failedForMs >= STALLED_AFTER_MS, blocks: failClosed && lag > spool, failures: this.#failures, ...(this.#failing === undefined ? {} : { failing: this.#failing }) };
  }

  /** Hands on what waits, unless that is under way or was tried a moment ago. */
  look(): SinkState {
    if (!this.#closed && this.#sending === undefined && this.#needs.clock.monotonicMs() >= this.#notBeforeMs) {
      this.#sending = this.#send().finally(() => {
        this.#sending = undefined;
      });
    }
    const state = this.state();
    this.#notice(state);
    return state;
  }

  /** Sends no more; what is under way is waited for, so that nobody else sends the same at the same time. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#sending;
    this.#needs.receiver.close();
  }

  /** Hands on all there is now and ends, also at the first failure. */
  async finish(): Promise<void> {
    await this.#sending;
    await this.#send();
  }

  async #send(): Promise<void> {
    const { receiver, spool } = this.#needs;
    const end = spool.end();
    try {
      while (this.#position < end && !this.#closed) {
        const rows = spool.after(this.#position);
        const last = rows.at(-1);
        if (last === undefined) return;
        await receiver.send(rows);
        spool.taken(this.#settings.name, last.position);
        this.#position = last.position;
        this.#succeeded();
      }
    } catch (error) {
      this.#failed(reasonOf(error));
    }
  }

  #succeeded(): void {
    this.#retryMs = FIRST_RETRY_MS;
    if (this.#failing !== undefined) this.#needs.log.info('a receiver of the audit trail takes records again', { sink: this.#settings.name });
    this.#failing = undefined;
  }

  #failed(reason: string): void {
    const { clock, log } = this.#needs;
    this.#failures += 1;
    if (this.#failing === undefined) log.warn('a receiver of the audit trail takes no records; they wait and are sent again', { sink: this.#settings.name, reason });
    this.#failing = { sinceMs: this.#failing?.sinceMs ?? clock.nowMs(), reason };
    this.#notBeforeMs = clock.monotonicMs() + this.#retryMs;
    this.#retryMs = Math.min(LAST_RETRY_MS, 2 * this.#retryMs);
  }

  /** Said once when it stalls, and once when it has caught up. */
  #notice({ sink, stalled, lag, blocks, failing }: SinkState): void {
    if (stalled === this.#stalled) return;
    this.#stalled = stalled;
    const { log } = this.#needs;
    if (stalled) log.error(`a receiver of the audit trail has stalled${blocks ? ', and calls are refused until it has caught up' : ''}: see why it takes nothing, or take it out of audit.sinks`, { notice: 'sink.stalled', sink, records: lag, ...(failing === undefined ? {} : { reason: failing.reason }) });
    else log.info('a receiver of the audit trail has caught up', { notice: 'sink.stalled', resolved: true, sink, records: lag });
  }
}
