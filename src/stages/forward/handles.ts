import { createHash } from 'node:crypto';
import type { HandleKind, HandleOwner, Handles } from '../../ports/handles.ts';
import type { Clock } from '../../ports/world.ts';

interface Bound {
  readonly owner: HandleOwner;
  seenMs: number;
}

/** Handles rest at most this long unused; a session that slept longer is opened anew by its client. */
const IDLE_MS: Readonly<Record<HandleKind, number>> = { session: 24 * 3_600_000, state: 3_600_000, task: 24 * 3_600_000 };

/**
 * Handles by digest (a state can be large), bounded in number: the longest unused goes first. Kept in memory only, so
 * after a restart every handle is unknown and refused, which is the safe side.
 */
export class HandleRegister implements Handles {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #capacity: number;
  readonly #bound = new Map<string, Bound>();

  constructor(clock: Pick<Clock, 'monotonicMs'>, capacity: number) {
    this.#clock = clock;
    this.#capacity = capacity;
  }

  bind(kind: HandleKind, handle: string, owner: HandleOwner): void {
    const key = digest(kind, handle, owner.server);
    const held = this.#bound.get(key);
    // The first owner stays: a server that hands one handle to two callers must not thereby join them (M08).
    if (held !== undefined && held.owner.credentialId !== owner.credentialId) return;
    this.#bound.delete(key);
    this.#bound.set(key, { owner, seenMs: this.#clock.monotonicMs() });
    if (this.#bound.size > this.#capacity) {
      const [oldest] = this.#bound.keys();
      if (oldest !== undefined) this.#bound.delete(oldest);
    }
  }

  isOwnedBy(kind: HandleKind, handle: string, owner: HandleOwner): boolean {
    const key = digest(kind, handle, owner.server);
    const held = this.#bound.get(key);
    const now = this.#clock.monotonicMs();
    if (held === undefined || held.owner.credentialId !== owner.credentialId || now - held.seenMs > IDLE_MS[kind]) return false;
    held.seenMs = now;
    this.#bound.delete(key);
    this.#bound.set(key, held);
    return true;
  }

  forget(kind: HandleKind, handle: string, owner: HandleOwner): void {
    if (this.isOwnedBy(kind, handle, owner)) this.#bound.delete(digest(kind, handle, owner.server));
  }
}

const digest = (kind: HandleKind, handle: string, server: string): string => createHash('sha256').update(JSON.stringify([kind, server, handle])).digest('base64');
