import type { Clock, Random } from '../../../../ports/world.ts';
import type { RestartOptions } from '../stdio-options.ts';

const UINT32 = 2 ** 32;

export interface CircuitNeeds {
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * When a child may be started: at once after a first failure, then after delays that double, then, with the circuit
 * open, one attempt per cool-down (I03). An attempt that succeeds closes it only when the child stays up.
 */
export class Circuit {
  readonly #options: RestartOptions;
  readonly #needs: CircuitNeeds;
  #failures = 0;
  #notBeforeMs = 0;

  constructor(options: RestartOptions, needs: CircuitNeeds) {
    this.#options = options;
    this.#needs = needs;
  }

  /** How long nobody may start the child; 0 when it may be started now. */
  waitMs(): number {
    return Math.max(0, this.#notBeforeMs - this.#needs.clock.monotonicMs());
  }

  get isOpen(): boolean {
    return this.#failures >= this.#options.failuresBeforeOpen;
  }

  get failures(): number {
    return this.#failures;
  }

  /** @param ranMs how long it ran; 0 when it did not come up */
  failed(ranMs: number): void {
    this.#failures = ranMs >= this.#options.stableAfterMs ? 1 : this.#failures + 1;
    this.#notBeforeMs = this.#needs.clock.monotonicMs() + this.#delayMs();
  }

  #delayMs(): number {
    const { firstDelayMs, longestDelayMs, coolDownMs } = this.#options;
    if (this.isOpen) return coolDownMs;
    if (this.#failures <= 1) return 0;
    // Half of the delay is chance, so that many servers on one machine do not come back in one moment.
    const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** (this.#failures - 2));
    return (delayMs * (1 + this.#chance())) / 2;
  }

  #chance(): number {
    return Buffer.from(this.#needs.random.bytes(4)).readUInt32BE() / UINT32;
  }
}
