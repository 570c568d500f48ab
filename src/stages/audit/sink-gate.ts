import { GatewayError } from '../../errors/gateway-error.ts';

/** Shut while a receiver of the trail, without which nothing may be done, is too far behind. What is refused here is in the trail all the same. */
export class SinkGate {
  #why: string | undefined;

  /** @param why undefined opens it */
  set(why: string | undefined): void {
    this.#why = why;
  }

  /** @throws GatewayError `audit.unavailable` */
  require(): void {
    if (this.#why !== undefined) throw new GatewayError('audit.unavailable', { reason: this.#why });
  }
}
