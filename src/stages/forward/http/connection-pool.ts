import type { Clock } from '../../../ports/world.ts';
import { Connection, type AnswerReader, type WireRequest } from './connection.ts';

interface Idle {
  readonly connection: Connection;
  readonly untilMs: number;
}

const SWEEP_MS = 500;

/**
 * Keep-alive connections to one upstream. The last one used is used first, so that those that are not needed grow old and
 * are closed. There is no cap: an open stream holds a connection for hours, and a cap would starve the calls.
 *
 * It is our own because it is a third of what a call costs: docs/decisions/ has the measurement.
 */
export class ConnectionPool {
  readonly #url: URL;
  readonly #connectTimeoutMs: number;
  readonly #clock: Clock;
  readonly #all = new Set<Connection>();
  readonly #stop: () => void;
  #idle: Idle[] = [];
  #ready: Connection[] = [];

  constructor(url: URL, connectTimeoutMs: number, clock: Clock) {
    this.#url = url;
    this.#connectTimeoutMs = connectTimeoutMs;
    this.#clock = clock;
    this.#stop = clock.every(SWEEP_MS, () => this.#sweep());
  }

  /** Sends a request over an idle connection, or a new one. */
  exchange(request: WireRequest, reader: AnswerReader): void {
    const now = this.#clock.monotonicMs();
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (idle.untilMs > now) {
        idle.connection.exchange(request, reader);
        return;
      }
      idle.connection.abort();
    }
    const connection = new Connection(this.#url, this.#connectTimeoutMs, this.#events);
    this.#all.add(connection);
    connection.exchange(request, reader);
  }

  close(): void {
    this.#stop();
    for (const connection of this.#all) connection.abort();
  }

  readonly #events = {
    // All requests of one turn are written together: an upstream that is woken for each by itself costs us, who wake it, more than
    // writing does.
    ready: (connection: Connection): void => {
      if (this.#ready.length === 0) setImmediate(() => this.#flush());
      this.#ready.push(connection);
    },
    idle: (connection: Connection, idleMs: number): void => void this.#idle.push({ connection, untilMs: this.#clock.monotonicMs() + idleMs }),
    gone: (connection: Connection): void => {
      this.#all.delete(connection);
      const at = this.#idle.findIndex((idle) => idle.connection === connection);
      if (at >= 0) this.#idle.splice(at, 1);
    },
  };

  #flush(): void {
    const ready = this.#ready;
    this.#ready = [];
    for (const connection of ready) connection.flush();
  }

  #sweep(): void {
    const now = this.#clock.monotonicMs();
    for (const { connection, untilMs } of this.#idle.slice()) if (untilMs <= now) connection.abort();
  }
}
