import type { AuditEvent } from '../model/audit-event.ts';
import type { Failing } from '../model/failing.ts';
import type { SinkState } from '../model/sink-state.ts';
import type { World } from '../ports/world.ts';
import type { AlarmRegister } from './alarm-register.ts';
import type { StateFacts } from './house-facts.ts';

/** So many handshakes of one look that were closed are a flood. */
const FLOOD = 200;
const QUIET_MS = 3_600_000;
const MOST_REUSED = 100;
/** A try that fails is nobody's alarm; so many over so long a time are. */
const LONG_MS = 600_000;
const MANY_TRIES = 3;
const MINUTE_MS = 60_000;

/** Watches what is not about the habits of callers: the trail and its receivers, who cannot be asked, keys in quarantine, floods, tokens that come back. */
export class HouseWatch {
  readonly #register: Pick<AlarmRegister, 'raise' | 'resolve' | 'resolveQuiet' | 'resolveUnless'>;
  readonly #clock: Pick<World['clock'], 'nowMs'>;
  #handshakes = { count: 0, address: '' };
  #reused: AuditEvent[] = [];

  constructor(register: Pick<AlarmRegister, 'raise' | 'resolve' | 'resolveQuiet' | 'resolveUnless'>, clock: Pick<World['clock'], 'nowMs'>) {
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
  look({ sinks, failing, isQuarantined }: StateFacts): void {
    this.#lookAtTraffic();
    for (const sink of sinks) this.#lookAtSink(sink);
    this.#lookAtFailing(failing);
    // An operation has raised it (admin/alarms/raise-leak.ts).
    this.#register.resolveUnless('key.leaked', isQuarantined);
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

  #lookAtFailing(all: readonly Failing[]): void {
    const nowMs = this.#clock.nowMs();
    this.#register.resolveUnless('refresh.failed', (subject) => all.some(({ name }) => name === subject));
    for (const { name, what, reason, sinceMs, tries } of all.filter((one) => one.tries >= MANY_TRIES && nowMs - one.sinceMs >= LONG_MS)) {
      const words = `${what} cannot be had for ${String(Math.floor((nowMs - sinceMs) / MINUTE_MS))} minutes, ${String(tries)} times in a row: ${reason}`;
      this.#register.raise({ name: 'refresh.failed', subject: name, step: 2, words, evidence: [{ sign: 'refresh', words }], cures: () => ['sallyport status'] });
    }
  }
}
