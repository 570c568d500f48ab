import { expiringWords, stepOf, type Expiring } from '../../../model/expiring.ts';
import type { World } from '../../../ports/world.ts';

/** By this name alarms know such a line of the log; it never changes. */
export const EXPIRING_NOTICE = 'certificate.expiring';

const MOST_SAID = 20_000;
/** How many of one look are told one by one. */
const MOST_LINES = 50;

const idOf = ({ kind, name, expiresAtMs }: Expiring): string => `${kind}\n${name}\n${String(expiresAtMs)}`;

/** Says of everything that ends, once for each of its steps, that it does. What was renewed is another one. */
export class ExpiryNotices {
  readonly #world: Pick<World, 'clock' | 'log'>;
  #said = new Map<string, number>();

  constructor(world: Pick<World, 'clock' | 'log'>) {
    this.#world = world;
  }

  /** Looks at all that can end. */
  look(all: readonly Expiring[]): void {
    const nowMs = this.#world.clock.nowMs();
    const due = all.filter((one) => this.#isNew(one, nowMs));
    for (const one of due.slice(0, MOST_LINES)) {
      const { kind, name, expiresAtMs } = one;
      this.#world.log.warn(expiringWords(one, nowMs), { notice: EXPIRING_NOTICE, kind, name, expires: new Date(expiresAtMs).toISOString() });
    }
    if (due.length > MOST_LINES) this.#world.log.warn(`${String(due.length - MOST_LINES)} more expire soon: "sallyport pki list" and the metric sallyport_certificate_expiry_seconds have them`, { notice: EXPIRING_NOTICE });
  }

  #isNew(one: Expiring, nowMs: number): boolean {
    const step = stepOf(one, nowMs);
    if (step === undefined) return false;
    const id = idOf(one);
    const former = this.#said.get(id);
    if (former !== undefined && former <= step) return false;
    if (this.#said.size >= MOST_SAID) this.#said.clear();
    this.#said.set(id, step);
    return true;
  }
}
