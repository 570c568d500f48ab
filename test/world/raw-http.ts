import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';

export type HeaderLines = readonly (readonly [name: string, value: string])[];

/** A request as it will stand on the wire: names in any case, headers any number of times, nothing added but a length. */
export type RequestParts = {
  readonly method?: string;
  readonly target: string;
  readonly headers: HeaderLines;
  readonly body?: string | Buffer;
};

/** A reply as far as it has come. It is read here once more, and not with the gateway's own reader. */
export type RawReply = {
  readonly status: number;
  /** Lower-case name to every value it came with. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: string;
  readonly complete: boolean;
  /** Head and body, byte for byte. */
  readonly text: string;
};

/** The bytes of a request. */
export function written({ method = 'POST', target, headers, body }: RequestParts): Buffer {
  const framed = headers.some(([name]) => /^(?:content-length|transfer-encoding)$/i.test(name));
  const bytes = Buffer.from(body ?? '');
  const lines = framed || body === undefined ? headers : [...headers, ['Content-Length', String(bytes.length)] as const];
  const head = [`${method} ${target} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n');
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes]);
}

type Body = { readonly bytes: Buffer; readonly end: number; readonly complete: boolean };

function chunked(bytes: Buffer, from: number): Body {
  const parts: Buffer[] = [];
  let at = from;
  for (;;) {
    const line = bytes.indexOf('\r\n', at);
    const size = line < 0 ? Number.NaN : Number.parseInt(bytes.toString('latin1', at, line), 16);
    const next = line + 2 + size + 2;
    if (Number.isNaN(size) || bytes.length < next) return { bytes: Buffer.concat(parts), end: bytes.length, complete: false };
    if (size === 0) return { bytes: Buffer.concat(parts), end: next, complete: true };
    parts.push(bytes.subarray(line + 2, line + 2 + size));
    at = next;
  }
}

function sized(bytes: Buffer, from: number, length: number): Body {
  const end = Math.min(bytes.length, from + length);
  return { bytes: bytes.subarray(from, end), end, complete: end === from + length };
}

function readHeaders(lines: readonly string[]): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()]);
  }
  return headers;
}

/** The replies that stand in the bytes one after another; the last may be unfinished. */
export function repliesIn(bytes: Buffer, options: { readonly ended: boolean; readonly bodiless: boolean }): readonly RawReply[] {
  const replies: RawReply[] = [];
  let at = 0;
  while (at < bytes.length) {
    const headEnd = bytes.indexOf('\r\n\r\n', at);
    if (headEnd < 0) break;
    const [first = '', ...lines] = bytes.toString('latin1', at, headEnd).split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1] ?? Number.NaN);
    const headers = readHeaders(lines);
    const from = headEnd + 4;
    const length = headers.get('content-length')?.[0];
    let body: Body = { bytes: bytes.subarray(from), end: bytes.length, complete: options.ended };
    if (options.bodiless || status === 204 || status < 200) body = sized(bytes, from, 0);
    else if (headers.get('transfer-encoding')?.[0] === 'chunked') body = chunked(bytes, from);
    else if (length !== undefined) body = sized(bytes, from, Number(length));
    const text = bytes.toString('latin1', at, body.end);
    at = body.end;
    if (status !== 100) replies.push({ status, headers, body: body.bytes.toString('utf8'), complete: body.complete, text });
  }
  return replies;
}

const PATIENCE_MS = 15_000;

/** One connection on which a test writes what it likes, whole or broken. */
export class Dialogue implements Disposable {
  readonly socket: Socket;
  readonly #bodiless: boolean;
  #received: Buffer[] = [];
  #ended = false;
  #changed: (() => void)[] = [];

  constructor(port: number, options: { readonly bodiless?: boolean; readonly reads?: boolean } = {}) {
    this.#bodiless = options.bodiless ?? false;
    // Half open, so that what the other side does with the rest of the connection can be seen.
    this.socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    this.socket.setNoDelay(true);
    if (options.reads !== false) this.socket.on('data', (chunk: Buffer) => this.#note(chunk));
    this.socket.once('end', () => this.#note(undefined));
    this.socket.once('close', () => this.#note(undefined));
    // A reset is an end like another; what had come before it counts.
    this.socket.on('error', () => this.#note(undefined));
  }

  get replies(): readonly RawReply[] {
    this.#received = [Buffer.concat(this.#received)];
    return repliesIn(this.#received[0] ?? Buffer.alloc(0), { ended: this.#ended, bodiless: this.#bodiless });
  }

  /** Everything that has come, head and body. */
  get text(): string {
    return Buffer.concat(this.#received).toString('latin1');
  }

  /** The other side sends no more. */
  get ended(): boolean {
    return this.#ended;
  }

  write(bytes: Buffer | string): void {
    this.socket.write(bytes);
  }

  /** The reply of the given number, whole. */
  reply(number = 1, withinMs = PATIENCE_MS): Promise<RawReply> {
    return this.when(`reply ${String(number)} is whole`, () => this.replies.filter(({ complete }) => complete)[number - 1], withinMs);
  }

  /** The head of the first reply, and whatever of its body has come. */
  head(withinMs = PATIENCE_MS): Promise<RawReply> {
    return this.when('a head has come', () => this.replies[0], withinMs);
  }

  end(withinMs = PATIENCE_MS): Promise<true> {
    return this.when('the other side has ended', () => this.#ended || undefined, withinMs);
  }

  /** Looks each time something comes; fails, with all that came, when time is up. */
  async when<Found>(what: string, find: () => Found | undefined, withinMs = PATIENCE_MS): Promise<Found> {
    const deadline = AbortSignal.timeout(withinMs);
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      if (deadline.aborted || this.socket.closed) throw new Error(`In vain within ${String(withinMs)} ms: ${what}. What came: ${JSON.stringify(this.text.slice(0, 2000))}`);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#changed.push(resolve);
      deadline.addEventListener('abort', () => resolve(), { once: true });
      await promise;
    }
  }

  /** Hangs up, and waits until the system has let go. */
  async hangUp(): Promise<void> {
    if (this.socket.closed) return;
    const closed = once(this.socket, 'close');
    this.socket.destroy();
    await closed;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  #note(chunk: Buffer | undefined): void {
    if (chunk === undefined) this.#ended = true;
    else this.#received.push(chunk);
    for (const tell of this.#changed.splice(0)) tell();
  }
}

/** Sends bytes on a connection of their own and reads the one reply. */
export async function exchange(port: number, request: RequestParts | Buffer | string, withinMs = PATIENCE_MS): Promise<RawReply> {
  const bytes = typeof request === 'string' || Buffer.isBuffer(request) ? request : written(request);
  using dialogue = new Dialogue(port, { bodiless: bytes.toString().startsWith('HEAD ') });
  dialogue.write(bytes);
  return await dialogue.reply(1, withinMs);
}
