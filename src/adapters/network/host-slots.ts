import { FetchError } from '../../ports/network.ts';

interface Host {
  running: number;
  readonly waiting: (() => void)[];
}

/** How many requests may be under way to one host, and how many may wait for it: an outage there must not fill our memory. */
export class HostSlots {
  readonly #hosts = new Map<string, Host>();
  readonly #most: number;
  readonly #mostWaiting: number;

  constructor(most = 16, mostWaiting = 256) {
    this.#most = most;
    this.#mostWaiting = mostWaiting;
  }

  /**
   * Runs `work` when there is room.
   * @throws FetchError `refused` when too many wait already, or what `signal` was aborted with while this one did
   */
  async run<Result>(host: string, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    const entry = this.#hosts.get(host) ?? { running: 0, waiting: [] };
    this.#hosts.set(host, entry);
    await this.#enter(entry, signal);
    try {
      return await work();
    } finally {
      this.#leave(host, entry);
    }
  }

  async #enter(entry: Host, signal: AbortSignal): Promise<void> {
    if (entry.running < this.#most) {
      entry.running += 1;
      return;
    }
    if (entry.waiting.length >= this.#mostWaiting) throw new FetchError('refused', 'too many requests to this host are waiting');
    // Whoever leaves hands his place to the one who is woken, so `running` stays as it is.
    await new Promise<void>((resolve, reject) => {
      const aborted = (): void => {
        entry.waiting.splice(entry.waiting.indexOf(woken), 1);
        reject(signal.reason instanceof Error ? signal.reason : new FetchError('failed', 'given up'));
      };
      const woken = (): void => {
        signal.removeEventListener('abort', aborted);
        resolve();
      };
      entry.waiting.push(woken);
      signal.addEventListener('abort', aborted, { once: true });
    });
  }

  #leave(host: string, entry: Host): void {
    const next = entry.waiting.shift();
    if (next !== undefined) {
      next();
      return;
    }
    entry.running -= 1;
    if (entry.running === 0) this.#hosts.delete(host);
  }
}
