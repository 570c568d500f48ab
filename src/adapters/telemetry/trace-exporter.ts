import type { AuditEvent } from '../../model/audit-event.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Collector } from './collector.ts';
import { isTraced, spansOf, type SpanSettings, type Traced } from './spans.ts';

/** Requests that may wait, and that one message holds. */
const [MOST_WAITING, MOST_SENT] = [4_096, 512];

export interface TraceExporterNeeds extends SpanSettings {
  readonly collector: Pick<Collector, 'send' | 'isReady'>;
  readonly resource: JsonObject;
  readonly scope: JsonObject;
  /** Told how many requests nobody will hear of. */
  readonly onDrop: (requests: number) => void;
}

/** Tells a collector of finished requests. They wait in memory, as they are on record, and become spans when they are sent; when too many wait, the new ones are dropped. */
export class TraceExporter {
  readonly #needs: TraceExporterNeeds;
  #waiting: Traced[] = [];
  #sending: Promise<void> | undefined;

  constructor(needs: TraceExporterNeeds) {
    this.#needs = needs;
  }

  /** Takes a closed record. */
  observe(event: AuditEvent): void {
    if (!isTraced(event)) return;
    if (this.#waiting.length < MOST_WAITING) this.#waiting.push(event);
    else this.#needs.onDrop(1);
  }

  /** Sends what waits, unless that is under way or has just failed. */
  look(): Promise<void> {
    if (this.#sending === undefined && this.#needs.collector.isReady) {
      this.#sending = this.#send().finally(() => {
        this.#sending = undefined;
      });
    }
    return this.#sending ?? Promise.resolve();
  }

  async #send(): Promise<void> {
    const { collector, resource, scope, onDrop } = this.#needs;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, MOST_SENT);
      const spans = batch.flatMap((event) => spansOf(event, this.#needs));
      const result = await collector.send({ resourceSpans: [{ resource, scopeSpans: [{ scope, spans }] }] });
      if (result === 'again') return;
      this.#waiting = this.#waiting.slice(batch.length);
      if (result === 'refused') onDrop(batch.length);
    }
  }
}
