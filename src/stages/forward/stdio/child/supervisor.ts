import { asGatewayError, GatewayError } from '../../../../errors/gateway-error.ts';
import type { Hangup } from '../../../../model/hangup.ts';
import type { UpstreamHealth } from '../../../../ports/upstream.ts';
import type { StdioNeeds, StdioSettings } from '../stdio-options.ts';
import type { OpenChild } from './child-run.ts';
import { Circuit } from './circuit.ts';
import { openChild } from './open-child.ts';

export interface SupervisorNeeds extends StdioNeeds {
  /** A child is up: what callers wait for on streams has to be asked of it anew (IO-4 M). */
  opened(child: OpenChild): void;
}

/** The bound of one caller's patience. */
export interface Patience {
  readonly timeoutMs: number;
  readonly hangup: Hangup;
}

const stopping = (): GatewayError => new GatewayError('house.stopping', { reason: 'the upstream is closed' });

/** Keeps one child for all callers: starts it at first use, notices its end, starts it again within measure. */
export class Supervisor {
  readonly #settings: StdioSettings;
  readonly #needs: SupervisorNeeds;
  readonly #circuit: Circuit;
  #child: OpenChild | undefined;
  #starting: Promise<OpenChild> | undefined;
  #isLegacy = false;
  #lastWords = '';
  #closing: Promise<void> | undefined;
  #cancelRestart: () => void = () => undefined;
  readonly #ending = new AbortController();

  constructor(settings: StdioSettings, needs: SupervisorNeeds) {
    this.#settings = settings;
    this.#needs = needs;
    this.#circuit = new Circuit(settings.restart, needs);
  }

  /** The child that is up now, if any. */
  get current(): OpenChild | undefined {
    return this.#child;
  }

  /**
   * The child, started if need be. Nobody queues for a child that may not be started now.
   * @throws GatewayError `upstream.unreachable`, `.unavailable` with Retry-After, `.timeout`, `client.gone`
   */
  async child({ timeoutMs, hangup }: Patience): Promise<OpenChild> {
    if (this.#closing !== undefined) throw stopping();
    if (this.#child !== undefined) return this.#child;
    const late = Promise.withResolvers<never>();
    const cancel = this.#needs.clock.after(timeoutMs, () => late.reject(new GatewayError('upstream.timeout', { reason: `the server was still starting after ${timeoutMs} ms` })));
    const stopListening = hangup.listen(() => late.reject(new GatewayError('client.gone', { reason: 'the caller left while the server was starting' })));
    try {
      return await Promise.race([this.#start(), late.promise]);
    } finally {
      cancel();
      stopListening();
    }
  }

  health(): UpstreamHealth {
    if (this.#child !== undefined || this.#circuit.failures === 0) return { kind: 'ready' };
    // What the child said stays in the log: health may be read by anybody.
    return { kind: 'down', reason: `the process has ended or failed to start ${this.#circuit.failures} times in a row; the log says why` };
  }

  /** Ends the child, or the start that is under way; resolves when no process is left. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#cancelRestart();
    this.#ending.abort();
    await this.#starting?.catch(() => undefined);
    this.#child?.connection.close(stopping());
    await this.#child?.run.process.stop();
  }

  #start(): Promise<OpenChild> {
    if (this.#starting !== undefined) return this.#starting;
    const waitMs = this.#circuit.waitMs();
    if (waitMs > 0) throw this.#refusal(waitMs);
    this.#starting = this.#open().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  async #open(): Promise<OpenChild> {
    const { opened: _opened, ...needs } = this.#needs;
    try {
      const child = await openChild(this.#settings, { ...needs, asking: this.#isLegacy ? 'legacy' : 'probe', signal: this.#ending.signal });
      this.#up(child);
      return child;
    } catch (error) {
      // The verdict may be what failed: a server can be replaced by one of the other era.
      this.#isLegacy = false;
      this.#down(0, asGatewayError(error).circumstances.reason);
      throw error;
    }
  }

  #up(child: OpenChild): void {
    const { facts } = child;
    this.#child = child;
    this.#isLegacy = facts.era === 'legacy';
    this.#needs.log.debug('the server is up', { server: this.#settings.server, protocol: facts.protocolVersion });
    void this.#watch(child);
    this.#needs.opened(child);
  }

  async #watch({ run }: OpenChild): Promise<void> {
    const startMs = this.#needs.clock.monotonicMs();
    const { words } = await run.ended;
    this.#child = undefined;
    if (this.#closing === undefined) this.#down(this.#needs.clock.monotonicMs() - startMs, words);
  }

  #down(ranMs: number, words: string): void {
    this.#circuit.failed(ranMs);
    this.#lastWords = words;
    this.#needs.log.error('the server is down', { server: this.#settings.server, failures: this.#circuit.failures, reason: words });
    if (this.#closing === undefined) this.#restartLater();
  }

  /** By itself, so that streams hear of changes again and health tells the truth without a call having to fail first. */
  #restartLater(): void {
    this.#cancelRestart();
    this.#cancelRestart = this.#needs.clock.after(Math.ceil(this.#circuit.waitMs()), () => void this.#restart());
  }

  async #restart(): Promise<void> {
    if (this.#child !== undefined || this.#starting !== undefined || this.#closing !== undefined) return;
    // A timer may fire a moment early.
    if (this.#circuit.waitMs() > 0) {
      this.#restartLater();
      return;
    }
    try {
      await this.#start();
    } catch {
      // Already counted and logged where it happened.
    }
  }

  #refusal(waitMs: number): GatewayError {
    const what = this.#circuit.isOpen ? `the circuit is open after ${this.#circuit.failures} failures in a row` : 'the server is about to be started again';
    return new GatewayError('upstream.unavailable', { reason: `${what}: ${this.#lastWords}`, headers: { 'Retry-After': String(Math.ceil(waitMs / 1_000)) } });
  }
}
