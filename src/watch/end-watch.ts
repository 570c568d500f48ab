import { CREDENTIAL_STEPS, expiringWords, stepOf, type Ending } from '../model/expiring.ts';
import type { AlarmName } from '../model/alarm.ts';
import type { World } from '../ports/world.ts';
import type { AlarmRegister } from './alarm-register.ts';
import type { EndFacts } from './house-facts.ts';

const MOST = 200;
/** Ends are looked at each hour: what was not found for so long was renewed. */
const RENEWED_MS = 3 * 3_600_000;

/** Days before an end as steps that rise (model/expiring.ts). */
const CERTIFICATE_DAYS = [30, 20, 10, 3, 1, 0];
const CREDENTIAL_DAYS = [30, 7, 1, 0];

/** One kind of what ends: its days, from the last to the first, and what can be done. */
interface Kind {
  readonly name: AlarmName;
  readonly days: readonly number[];
  readonly steps?: readonly number[];
  readonly cure: (subject: string) => string;
}

const CERTIFICATES: Kind = { name: 'certificate.expiring', days: CERTIFICATE_DAYS, cure: () => 'sallyport pki list' };
const KEYS: Kind = { name: 'key.expiring', days: CREDENTIAL_DAYS, steps: CREDENTIAL_STEPS, cure: (id) => `sallyport keys rotate ${id}` };
const TOKENS: Kind = { name: 'token.expiring', days: CREDENTIAL_DAYS, steps: CREDENTIAL_STEPS, cure: () => 'sallyport status' };

/** Watches what ends: certificates, keys, tokens that nobody refreshes, and keys that are due for rotation. Each is told at each of its steps once, and over when it was renewed. */
export class EndWatch {
  readonly #register: Pick<AlarmRegister, 'raise' | 'resolveQuiet'>;
  readonly #clock: Pick<World['clock'], 'nowMs'>;

  constructor(register: Pick<AlarmRegister, 'raise' | 'resolveQuiet'>, clock: Pick<World['clock'], 'nowMs'>) {
    [this.#register, this.#clock] = [register, clock];
  }

  look({ certificates, keys, tokens, due }: EndFacts): void {
    this.#lookAt(CERTIFICATES, certificates.map((one) => ({ ...one, name: `${one.kind} ${one.name}` })));
    this.#lookAt(KEYS, keys);
    this.#lookAt(TOKENS, tokens);
    for (const { id, name, owner } of due) {
      const words = `the key ${id} ("${name}" of ${owner}) is due for rotation`;
      this.#register.raise({ name: 'key.rotation-due', subject: id, step: 1, words, evidence: [{ sign: 'due', words }], cures: () => [`sallyport keys rotate ${id}`] });
    }
    this.#register.resolveQuiet('key.rotation-due', RENEWED_MS);
  }

  #lookAt({ name, days, steps, cure }: Kind, all: readonly Ending[]): void {
    const nowMs = this.#clock.nowMs();
    for (const one of all.filter((each) => stepOf(each, nowMs, steps) !== undefined).slice(0, MOST)) {
      const words = expiringWords(one, nowMs);
      this.#register.raise({ name, subject: one.name, step: days.indexOf(stepOf(one, nowMs, steps) ?? 0), words, evidence: [{ sign: 'end', words }], cures: () => [cure(one.name)] });
    }
    this.#register.resolveQuiet(name, RENEWED_MS);
  }
}
