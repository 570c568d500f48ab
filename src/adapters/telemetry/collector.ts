import type { Secret } from '../../model/secret.ts';
import { redactStart } from '../../model/redaction.ts';
import type { JsonObject } from '../../model/json.ts';
import type { World } from '../../ports/world.ts';
import { plainHeaders, postJson, ReceiverRefused } from '../audit-sinks/receivers/http-post.ts';

/** Where telemetry of one kind goes. */
export interface CollectorSettings {
  readonly signal: 'traces' | 'metrics';
  readonly url: string;
  readonly headers: Readonly<Record<string, Secret | string>>;
}

export interface CollectorNeeds extends Pick<World, 'clock' | 'log' | 'network'> {
  /** Told of each time that something was not taken. */
  readonly onFailure: () => void;
}

/** Statuses after which the same may be sent again (OTLP/HTTP, "Retryable Response Codes"); what never arrived may be, too. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** How long after a failure it is tried again: twice as long each time, up to a minute. */
const [FIRST_RETRY_MS, LAST_RETRY_MS] = [1_000, 60_000];

/** A collector of OpenTelemetry, by OTLP over HTTP in JSON. What fails is said once, and once when it works again. */
export class Collector {
  readonly #settings: CollectorSettings;
  readonly #needs: CollectorNeeds;
  #retryMs = FIRST_RETRY_MS;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #failing = false;
  readonly #end = new AbortController();

  constructor(settings: CollectorSettings, needs: CollectorNeeds) {
    [this.#settings, this.#needs] = [settings, needs];
  }

  /** Whether it is time to send: not just after a failure. */
  get isReady(): boolean {
    return this.#needs.clock.monotonicMs() >= this.#notBeforeMs;
  }

  /** @returns `again` when the same is to be sent later, `refused` when that would be of no use */
  async send(body: JsonObject): Promise<'taken' | 'again' | 'refused'> {
    const { url, headers } = this.#settings;
    try {
      await postJson(this.#needs.network, { url, headers: plainHeaders(headers), body: JSON.stringify(body), signal: this.#end.signal });
      this.#succeeded();
      return 'taken';
    } catch (error) {
      this.#failed(error);
      return error instanceof ReceiverRefused && !RETRYABLE.has(error.status) ? 'refused' : 'again';
    }
  }

  /** Gives up what is under way: nobody waits for a collector when the gateway ends. */
  end(): void {
    this.#end.abort();
  }

  #succeeded(): void {
    if (this.#failing) this.#needs.log.info('a collector takes telemetry again', { signal: this.#settings.signal });
    [this.#failing, this.#retryMs, this.#notBeforeMs] = [false, FIRST_RETRY_MS, Number.NEGATIVE_INFINITY];
  }

  #failed(error: unknown): void {
    const { clock, log, onFailure } = this.#needs;
    onFailure();
    if (!this.#failing && !this.#end.signal.aborted) log.warn('a collector takes no telemetry; calls go on, and what is too much to keep is dropped', { signal: this.#settings.signal, reason: redactStart(error instanceof Error ? error.message : 'unknown', 300) });
    this.#failing = true;
    this.#notBeforeMs = clock.monotonicMs() + this.#retryMs;
    this.#retryMs = Math.min(LAST_RETRY_MS, 2 * this.#retryMs);
  }
}
