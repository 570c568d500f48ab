import type { Hangup } from '../../../../model/hangup.ts';
import type { JsonObject } from '../../../../model/json.ts';
import type { Clock } from '../../../../ports/world.ts';

const KEEP_ALIVE_MS = 15_000;
const KEEP_ALIVE = Buffer.from(': keep-alive\n\n');

/** The name of a session's stream that belongs to no call. */
export const STANDALONE = '0';

/** How a stream can be taken up again after a broken connection; a modern one cannot (M09). */
export interface Resumption {
  /** Names the stream in its event ids, which are unique within a session. */
  readonly name: string;
  /** The first event is empty and says how soon to come back; only clients since 2025-11-25 understand it. */
  readonly primes: boolean;
}

export interface EventStreamOptions {
  readonly clock: Clock;
  readonly resumption: Resumption | undefined;
  /** What may wait for a slow reader, or be kept for one who comes back. */
  readonly maxBytes: number;
  /** The reader is gone and the stream has not ended. */
  left(): void;
}

const RETRY_MS = 1_000;

interface Reader {
  next: number;
  wake: ((result: IteratorResult<Uint8Array>) => void) | undefined;
  stopListening: () => void;
}

/** One server-sent event stream of JSON-RPC messages: one reader at a time, bounded memory, resumable in the legacy era. */
export class EventStream {
  readonly #options: EventStreamOptions;
  #frames: Uint8Array[] = [];
  #bytes = 0;
  /** The number of the first frame that is still kept. */
  #first = 0;
  #reader: Reader | undefined;
  #ended = false;
  #stopKeepAlive: () => void = () => undefined;

  constructor(options: EventStreamOptions) {
    this.#options = options;
    if (options.resumption?.name !== STANDALONE) this.#prime();
  }

  /** What its event ids begin with; empty for a stream without any. */
  get name(): string {
    return this.#options.resumption?.name ?? '';
  }

  get keptBytes(): number {
    return this.#bytes;
  }

  get hasReader(): boolean {
    return this.#reader !== undefined;
  }

  send(message: JsonObject): void {
    if (this.#ended) return;
    this.#push(`${this.#idLine()}event: message\ndata: ${JSON.stringify(message)}\n\n`);
  }

  /** No more messages; the reader still gets what is there. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#wake();
  }

  /**
   * The stream's bytes for one connection; a former reader is sent away.
   * @param after the number of the last event the reader has, or undefined for what comes from now on
   */
  read(hangup: Hangup, after: number | undefined): AsyncIterable<Uint8Array> {
    this.#dismiss(this.#reader);
    const reader: Reader = { next: after === undefined ? this.#firstUnseen() : after + 1, wake: undefined, stopListening: () => undefined };
    this.#reader = reader;
    this.#stopKeepAlive = this.#options.clock.every(KEEP_ALIVE_MS, () => this.#give(reader, { done: false, value: KEEP_ALIVE }));
    reader.stopListening = hangup.listen(() => this.#leave(reader));
    const iterator: AsyncIterator<Uint8Array> = {
      next: () => this.#next(reader),
      return: async () => {
        this.#leave(reader);
        return { done: true, value: undefined };
      },
    };
    return { [Symbol.asyncIterator]: () => iterator };
  }

  /** A call's stream is read from its beginning; the session's own from now on, with an event to come back to. */
  #firstUnseen(): number {
    if (this.#options.resumption?.name !== STANDALONE) return this.#first;
    const now = this.#first + this.#frames.length;
    this.#prime();
    return now;
  }

  /** Gives the client an event id before there is an event (2025-11-25 transports, "Sending Messages" 6). */
  #prime(): void {
    if (this.#options.resumption?.primes === true) this.#push(`${this.#idLine()}retry: ${RETRY_MS}\ndata: \n\n`);
  }

  #idLine(): string {
    const { resumption } = this.#options;
    return resumption === undefined ? '' : `id: ${resumption.name}-${this.#first + this.#frames.length}\n`;
  }

  #next(reader: Reader): Promise<IteratorResult<Uint8Array>> {
    const ready = this.#take(reader);
    if (ready !== undefined) return Promise.resolve(ready);
    return new Promise((resolve) => {
      reader.wake = resolve;
    });
  }

  /** What the reader can have now; undefined means it has to wait. */
  #take(reader: Reader): IteratorResult<Uint8Array> | undefined {
    if (reader !== this.#reader) return { done: true, value: undefined };
    // Too slow, or away too long: notifications are lost, the answer never is, because it is the last.
    reader.next = Math.max(reader.next, this.#first);
    const value = this.#frames[reader.next - this.#first];
    if (value !== undefined) {
      reader.next += 1;
      if (this.#options.resumption === undefined) this.#dropFirst();
      return { done: false, value };
    }
    if (!this.#ended) return undefined;
    this.#dismiss(reader);
    return { done: true, value: undefined };
  }

  #push(text: string): void {
    const frame = Buffer.from(text);
    this.#frames.push(frame);
    this.#bytes += frame.length;
    while (this.#bytes > this.#options.maxBytes && this.#frames.length > 1) this.#overflow();
    this.#wake();
  }

  #overflow(): void {
    this.#dropFirst();
    // Without resumption a gap could not be seen: the reader is sent away instead.
    if (this.#options.resumption === undefined && this.#reader !== undefined) this.#leave(this.#reader);
  }

  #dropFirst(): void {
    this.#bytes -= this.#frames.shift()?.length ?? 0;
    this.#first += 1;
  }

  #wake(): void {
    const reader = this.#reader;
    if (reader?.wake === undefined) return;
    const ready = this.#take(reader);
    if (ready !== undefined) this.#give(reader, ready);
  }

  #give(reader: Reader, result: IteratorResult<Uint8Array>): void {
    const { wake } = reader;
    reader.wake = undefined;
    wake?.(result);
  }

  #leave(reader: Reader): void {
    if (reader !== this.#reader) return;
    this.#dismiss(reader);
    if (!this.#ended) this.#options.left();
  }

  #dismiss(reader: Reader | undefined): void {
    if (reader === undefined || reader !== this.#reader) return;
    this.#reader = undefined;
    this.#stopKeepAlive();
    reader.stopListening();
    this.#give(reader, { done: true, value: undefined });
  }
}
