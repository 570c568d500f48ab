import { GatewayError } from '../../../../../errors/gateway-error.ts';
import type { JsonObject } from '../../../../../model/json.ts';
import type { BridgeParts } from '../bridge-parts.ts';
import { EndedStreams } from './ended-streams.ts';
import { Session } from './session.ts';

const ID_BYTES = 32;
const MOST_SESSIONS = 10_000;
const MOST_FOR_ONE = 100;
const IDLE_MS = 30 * 60_000;
const SWEEP_MS = 60_000;

/** The legacy sessions: random ids, bounded in number and in idleness, each for one credential (RS-14, M01). */
export class Sessions {
  readonly #parts: BridgeParts;
  /** Least recently used first. */
  readonly #sessions = new Map<string, Session>();
  readonly #ended: EndedStreams;
  readonly #stopSweeping: () => void;

  constructor(parts: BridgeParts) {
    this.#parts = parts;
    this.#ended = new EndedStreams(parts.needs.clock);
    this.#stopSweeping = parts.needs.clock.every(SWEEP_MS, () => this.#sweep());
  }

  /** @throws GatewayError `upstream.unavailable` when there are too many and none of the caller's own can be let go */
  open(principalKey: string, protocolVersion: string, params: JsonObject): Session {
    this.#makeRoom(principalKey);
    const id = Buffer.from(this.#parts.needs.random.bytes(ID_BYTES)).toString('base64url');
    const session = new Session({ id, principalKey, protocolVersion, params, ended: this.#ended }, this.#parts);
    this.#sessions.set(id, session);
    return session;
  }

  /** @throws GatewayError `session.unknown`, for another credential's session too: it must not learn that it exists */
  get(id: string, principalKey: string): Session {
    const session = this.#sessions.get(id);
    if (session === undefined || session.principalKey !== principalKey) throw new GatewayError('session.unknown', { reason: 'the session does not exist, has ended, or belongs to another credential' });
    session.lastUsedMs = this.#parts.needs.clock.monotonicMs();
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
    return session;
  }

  end(session: Session): void {
    this.#sessions.delete(session.id);
    session.end();
  }

  close(): void {
    this.#stopSweeping();
    for (const session of this.#sessions.values()) session.end();
    this.#sessions.clear();
  }

  /** Many clients never end a session; the oldest idle one of the same credential makes room, never another's. */
  #makeRoom(principalKey: string): void {
    const own = [...this.#sessions.values()].filter((session) => session.principalKey === principalKey);
    if (own.length < MOST_FOR_ONE && this.#sessions.size < MOST_SESSIONS) return;
    const oldest = own.find((session) => session.isIdle);
    if (oldest === undefined) throw new GatewayError('upstream.unavailable', { reason: 'too many sessions', headers: { 'Retry-After': '60' } });
    this.end(oldest);
  }

  #sweep(): void {
    this.#ended.sweep();
    const deadlineMs = this.#parts.needs.clock.monotonicMs() - IDLE_MS;
    for (const session of this.#sessions.values()) if (session.isIdle && session.lastUsedMs < deadlineMs) this.end(session);
  }
}
