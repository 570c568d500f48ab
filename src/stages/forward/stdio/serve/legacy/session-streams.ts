import type { Hangup } from '../../../../../model/hangup.ts';
import type { Clock } from '../../../../../ports/world.ts';
import { EventStream, STANDALONE } from '../event-stream.ts';
import type { EndedStreams } from './ended-streams.ts';

/** Events kept for a client that comes back; the last of a stream is kept whatever its size, for it is the answer. */
const KEPT_BYTES_PER_CALL = 1024 * 1024;
const KEPT_BYTES_STANDALONE = 256 * 1024;

const EVENT_ID = /^(\d{1,9})-(\d{1,9})$/;

export interface SessionStreamsOptions {
  readonly clock: Clock;
  readonly ended: EndedStreams;
  /** Whether the client understands an empty event. */
  readonly primes: boolean;
}

/** The event streams of one session: one per streamed call, and one of its own for what belongs to no call. */
export class SessionStreams {
  readonly #options: SessionStreamsOptions;
  readonly #streams = new Map<string, EventStream>();
  readonly standalone: EventStream;
  #opened = 0;

  constructor(options: SessionStreamsOptions) {
    this.#options = options;
    this.standalone = this.#add(STANDALONE, KEPT_BYTES_STANDALONE);
  }

  /** A stream for one call; it outlives its connection, because in this era leaving is not cancelling. */
  open(): EventStream {
    this.#opened += 1;
    return this.#add(String(this.#opened), KEPT_BYTES_PER_CALL);
  }

  /** The stream has ended; for a while its answer can still be fetched. */
  retire(stream: EventStream): void {
    this.#options.ended.keep(stream, () => void this.#streams.delete(stream.name));
  }

  /**
   * What a GET reads: the stream its `Last-Event-ID` belongs to, or the session's own. An id that is none of ours, such as
   * one of another session, is ignored (M09).
   */
  read(lastEventId: string | undefined, hangup: Hangup): AsyncIterable<Uint8Array> {
    const [, name = '', number] = EVENT_ID.exec(lastEventId ?? '') ?? [];
    const stream = this.#streams.get(name);
    if (stream === undefined || number === undefined) return this.standalone.read(hangup, undefined);
    return stream.read(hangup, Number(number));
  }

  get hasReader(): boolean {
    return this.#streams.values().some((stream) => stream.hasReader);
  }

  endAll(): void {
    for (const stream of this.#streams.values()) stream.end();
    this.#streams.clear();
  }

  #add(name: string, maxBytes: number): EventStream {
    const stream = new EventStream({ clock: this.#options.clock, resumption: { name, primes: this.#options.primes }, maxBytes, left: () => undefined });
    this.#streams.set(name, stream);
    return stream;
  }
}
