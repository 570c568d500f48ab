import { connect, type Socket } from 'node:net';

/** A load generator on raw sockets: one process, `connections` keep-alive sockets, one request at a time on each. */

interface Target {
  readonly port: number;
  readonly request: Buffer;
  /** The status that counts as success; 200 unless given. */
  readonly status?: string;
}

export interface LoadResult {
  readonly requests: number;
  readonly failures: number;
  readonly seconds: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const LAST_CHUNK = Buffer.from('\r\n0\r\n\r\n');

/** How many bytes the response at the start of the buffer takes, or undefined while it is incomplete. */
const responseLength = (held: Buffer): number | undefined => {
  const head = held.indexOf(HEAD_END);
  if (head < 0) return undefined;
  const lines = held.toString('latin1', 0, head);
  if (/\r\ntransfer-encoding: *chunked/i.test(lines)) {
    const end = held.indexOf(LAST_CHUNK, head);
    return end < 0 ? undefined : end + LAST_CHUNK.length;
  }
  const length = /content-length: *(\d+)/i.exec(lines)?.[1];
  const total = head + 4 + Number(length ?? 0);
  return held.length >= total ? total : undefined;
};

class Connection {
  readonly #socket: Socket;
  readonly #request: Buffer;
  readonly #status: Buffer;
  readonly #latencies: number[];
  #held: Buffer = Buffer.alloc(0);
  #sentAt = 0;
  #stopped = false;
  failures = 0;

  /** Waits for its turn between requests, where they come at a rate. */
  readonly #turn: (() => Promise<number>) | undefined;

  constructor(target: Target, latencies: number[], turn?: () => Promise<number>) {
    this.#turn = turn;
    this.#request = target.request;
    this.#status = Buffer.from(target.status ?? '200');
    this.#latencies = latencies;
    this.#socket = connect(target.port, '127.0.0.1').setNoDelay(true);
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#socket.on('connect', () => this.#next());
    this.#socket.on('error', () => {
      this.failures += 1;
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#socket.destroy();
  }

  /** @param at when it was due: a request that had to wait for its connection has waited (coordinated omission) */
  #send(at: number): void {
    this.#sentAt = at;
    this.#socket.write(this.#request);
  }

  #receive(chunk: Buffer): void {
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const length = responseLength(this.#held);
    if (length === undefined || this.#stopped) return;
    if (!this.#held.subarray(9, 12).equals(this.#status)) this.failures += 1;
    this.#held = this.#held.subarray(length);
    this.#latencies.push(performance.now() - this.#sentAt);
    this.#next();
  }

  #next(): void {
    if (this.#turn === undefined) this.#send(performance.now());
    else void this.#turn().then((dueAt) => this.#stopped || this.#send(dueAt));
  }
}

const percentile = (sorted: readonly number[], share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

/** Hands out the times at which requests are due, `perSecond` of them, to whoever is free; what has fallen due is handed out at once. */
const turnsOf = (perSecond: number): { readonly next: () => Promise<number>; readonly stop: () => void } => {
  const waiting: ((dueAt: number) => void)[] = [];
  const begun = performance.now();
  let given = 0;
  const give = (): void => {
    const due = Math.floor(((performance.now() - begun) / 1000) * perSecond);
    for (let taker = given < due ? waiting.shift() : undefined; taker !== undefined; taker = given < due ? waiting.shift() : undefined) {
      taker(begun + (given / perSecond) * 1000);
      given += 1;
    }
  };
  const timer = setInterval(give, 1);
  return { next: () => new Promise((resolve) => void waiting.push(resolve)), stop: () => clearInterval(timer) };
};

/** Sends the request over and over for `seconds`, as fast as answers come or `perSecond` times a second. */
export const load = async (target: Target, bounds: { readonly connections: number; readonly seconds: number; readonly perSecond?: number }): Promise<LoadResult> => {
  const latencies: number[] = [];
  const turns = bounds.perSecond === undefined ? undefined : turnsOf(bounds.perSecond);
  const started = performance.now();
  const connections = Array.from({ length: bounds.connections }, () => new Connection(target, latencies, turns?.next));
  await new Promise((resolve) => setTimeout(resolve, bounds.seconds * 1000));
  turns?.stop();
  for (const connection of connections) connection.stop();
  const seconds = (performance.now() - started) / 1000;
  const sorted = latencies.sort((a, b) => a - b);
  const failures = connections.reduce((sum, connection) => sum + connection.failures, 0);
  return { requests: sorted.length, failures, seconds, p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) };
};
