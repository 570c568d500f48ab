import type { AuditEvent } from '../model/audit-event.ts';
import { expiringWords, stepOf, type Expiring } from '../model/expiring.ts';
import type { SinkState } from '../model/sink-state.ts';
import type { World } from '../ports/world.ts';
import type { AlarmRegister } from './alarm-register.ts';

/** What a look is told of the gateway itself. */
export interface HouseFacts {
  readonly sinks: readonly SinkState[];
  readonly expiring: readonly Expiring[];
  /** Keys that are due for rotation. */
  readonly due: readonly { readonly id: string; readonly name: string; readonly owner: string }[];
}

/** So many handshakes of one look that were closed are a flood. */
const FLOOD = 200;
const QUIET_MS = 3_600_000;
const MOST_REUSED = 100;
const MOST_ENDING = 200;
/** Ends are looked at each hour: what was not found for so long was renewed. */
const RENEWED_MS = 3 * QUIET_MS;

/** Days before an end (model/expiring.ts) as steps that rise. */
const stepFor = (days: number): number => [30, 20, 10, 3, 1, 0].indexOf(days);

/** Watches what is not about the habits of callers: ends of certificates and keys, the trail and its receivers, floods, tokens that come back. */
export class HouseWatch {
  readonly #register: Pick<AlarmRegister, 'raise' | 'resolve' | 'resolveQuiet'>;
  readonly #clock: Pick<World['clock'], 'nowMs'>;
  #handshakes = { count: 0, address: '' };
  #reused: AuditEvent[] = [];

  constructor(register: Pick<AlarmRegister, 'raise' | 'resolve' | 'resolveQuiet'>, clock: Pick<World['clock'], 'nowMs'>) {
    [this.#register, this.#clock] = [register, clock];
  }

  /** Takes a closed record. */
  observe(event: AuditEvent): void {
    if (event.code === 'refresh.reused' && this.#reused.length < MOST_REUSED) this.#reused.push(event);
  }

  /** Counts a handshake that was closed. */
  refusedHandshake(address: string): void {
    this.#handshakes.count += 1;
    this.#handshakes.address = address;
  }

  /** Raises what is the matter, and resolves what is over. */
  look({ sinks, expiring, due }: HouseFacts): void {
    this.#lookAtTraffic();
    for (const sink of sinks) this.#lookAtSink(sink);
    const nowMs = this.#clock.nowMs();
    const ending = expiring.filter((one) => stepOf(one, nowMs) !== undefined);
    for (const one of ending.slice(0, MOST_ENDING)) this.#lookAtEnd(one, nowMs);
    for (const name of ['certificate.expiring', 'key.expiring'] as const) this.#register.resolveQuiet(name, RENEWED_MS);
    for (const { id, name, owner } of due) {
      const words = `the key ${id} ("${name}" of ${owner}) is due for rotation`;
      this.#register.raise({ name: 'key.expiring', subject: id, step: 1, words, evidence: [{ sign: 'due', words }], cures: () => [`sallyport keys rotate ${id}`] });
    }
  }

  /** The audit trail was found not to be what was written. @param fault in words */
  chainBroken(fault: string): void {
    const words = `the audit trail is not what was written: ${fault}`;
    this.#register.raise({ name: 'audit.chain-broken', subject: 'trail', step: 3, words, evidence: [{ sign: 'chain', words: fault }], cures: () => ['sallyport audit verify'] });
  }

  #lookAtTraffic(): void {
    const { count, address } = this.#handshakes;
    this.#handshakes = { count: 0, address: '' };
    if (count >= FLOOD) {
      const words = `${String(count)} TLS handshakes were closed within seconds, the last of ${address}, because their addresses begin too many`;
      this.#register.raise({ name: 'handshakes.refused', subject: 'handshakes', step: 1, words, evidence: [{ sign: 'handshakes', words }], cures: () => ['sallyport status'] });
    }
    this.#register.resolveQuiet('handshakes.refused', QUIET_MS);
    const reused = this.#reused;
    this.#reused = [];
    for (const { id, who, clientId, address: from } of reused) {
      const words = `a refresh token came that was replaced long ago, from ${from}${who === undefined ? '' : `, of ${who}`}: it is in other hands, or a client has lost its state`;
      this.#register.raise({ name: 'refresh.reused', subject: who ?? clientId ?? from, step: 2, words, evidence: [{ sign: id, words }], cures: () => [`sallyport audit ${id}`] });
    }
  }

  #lookAtSink({ sink, lag, stalled, blocks, failing }: SinkState): void {
    if (!stalled) return this.#register.resolve('sink.stalled', sink);
    const words = `the receiver ${sink} of the audit trail is ${String(lag)} records behind${failing === undefined ? '' : `: ${failing.reason}`}${blocks ? '; calls are refused until it has caught up' : ''}`;
    this.#register.raise({ name: 'sink.stalled', subject: sink, step: blocks ? 3 : 2, words, evidence: [{ sign: 'lag', words }], cures: () => ['sallyport status'] });
  }

  #lookAtEnd(one: Expiring, nowMs: number): void {
    const [subject, days] = [`${one.kind} ${one.name}`, stepOf(one, nowMs) ?? 0];
    const words = expiringWords(one, nowMs);
    this.#register.raise({ name: 'certificate.expiring', subject, step: stepFor(days), words, evidence: [{ sign: 'end', words }], cures: () => ['sallyport pki list'] });
  }
}
