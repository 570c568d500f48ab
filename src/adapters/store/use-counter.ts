import type { AuditEvent } from '../../model/audit-event.ts';
import { DAY_MS } from '../../model/duration.ts';
import type { KeyUseStore, UseBatch } from '../../ports/key-use.ts';
import type { World } from '../../ports/world.ts';

const FLUSH_MS = 1_000;
const CALLERS_KEPT_MS = 90 * DAY_MS;
const DAYS_KEPT = 400;

/** Bounds between two flushes: who holds a key may call himself by a new name with each call. */
const MOST_CREDENTIALS = 20_000;
const MOST_CALLERS = 64;
const MOST_TARGETS = 512;
const OTHERS = 'others';

interface Caller {
  readonly address: string;
  readonly client: string;
  firstAtMs: number;
  lastAtMs: number;
  calls: number;
}

interface Target {
  readonly server: string;
  readonly call: string;
  readonly target: string;
  calls: number;
}

/** What one credential did. The last caller and target are at hand: mostly they are the next ones too. */
class Counted {
  readonly credential: string;
  readonly callers = new Map<string, Caller>();
  readonly targets = new Map<string, Target>();
  caller: Caller;
  target: Target | undefined;
  isDirty = false;
  /** The day on which it was written last. */
  day: number | undefined;

  constructor(credential: string, { address, client = 'unknown' }: AuditEvent) {
    this.credential = credential;
    this.caller = this.#callerOf(address, client);
  }

  countCaller({ address, client = 'unknown' }: AuditEvent, nowMs: number): void {
    if (this.caller.address !== address || this.caller.client !== client) this.caller = this.#callerOf(address, client);
    const { caller } = this;
    if (caller.calls === 0) caller.firstAtMs = nowMs;
    caller.lastAtMs = nowMs;
    caller.calls += 1;
  }

  countTarget({ call, server, target }: AuditEvent): void {
    if (server === undefined || target === undefined) return;
    if (this.target?.target !== target || this.target.server !== server || this.target.call !== call) this.target = this.#targetOf(call, server, target);
    this.target.calls += 1;
  }

  toBatch(nowMs: number): UseBatch {
    const day = Math.floor(nowMs / DAY_MS);
    const forget = this.day === day ? {} : { forget: { callersBeforeMs: nowMs - CALLERS_KEPT_MS, daysBefore: day - DAYS_KEPT } };
    const { address, client, lastAtMs } = this.caller;
    const callers = [...this.callers.values()].filter(({ calls }) => calls > 0).map((caller) => ({ ...caller }));
    const targets = [...this.targets.values()].filter(({ calls }) => calls > 0).map((target) => ({ ...target, day }));
    return { credential: this.credential, last: { atMs: lastAtMs, address, client }, callers, targets, ...forget };
  }

  /** Begins anew after a flush. What was counted is kept with nothing on it, so that a busy key makes no garbage. */
  reset(nowMs: number): void {
    this.isDirty = false;
    this.day = Math.floor(nowMs / DAY_MS);
    for (const caller of this.callers.values()) caller.calls = 0;
    for (const target of this.targets.values()) target.calls = 0;
  }

  get isLarge(): boolean {
    return this.callers.size >= MOST_CALLERS || this.targets.size >= MOST_TARGETS;
  }

  #callerOf(address: string, client: string): Caller {
    const name = `${address}\n${client}`;
    const known = this.callers.get(name);
    if (known !== undefined) return known;
    if (this.callers.size >= MOST_CALLERS && address !== OTHERS) return this.#callerOf(OTHERS, OTHERS);
    const caller = { address, client, firstAtMs: 0, lastAtMs: 0, calls: 0 };
    this.callers.set(name, caller);
    return caller;
  }

  #targetOf(call: string, server: string, target: string): Target {
    const name = `${call}\n${server}\n${target}`;
    const known = this.targets.get(name);
    if (known !== undefined) return known;
    if (this.targets.size >= MOST_TARGETS && target !== OTHERS) return this.#targetOf(call, server, OTHERS);
    const counted = { server, call, target, calls: 0 };
    this.targets.set(name, counted);
    return counted;
  }
}

/** Counts in memory who uses which credential for what, and writes it about once a second: no request waits for it. */
export class UseCounter {
  readonly #store: KeyUseStore;
  readonly #world: Pick<World, 'clock' | 'log'>;
  readonly #stop: () => void;
  #counted = new Map<string, Counted>();
  #dirty: Counted[] = [];

  constructor(store: KeyUseStore, world: Pick<World, 'clock' | 'log'>) {
    this.#store = store;
    this.#world = world;
    this.#stop = world.clock.every(FLUSH_MS, () => this.flush());
  }

  /** Takes a closed record. Of what was refused only the caller counts: nothing was used. */
  observe(event: AuditEvent): void {
    const { credential } = event;
    if (credential === undefined) return;
    const counted = this.#counted.get(credential) ?? this.#begin(credential, event);
    counted.countCaller(event, this.#world.clock.nowMs());
    if (event.decision === 'allow') counted.countTarget(event);
    if (counted.isDirty) return;
    counted.isDirty = true;
    this.#dirty.push(counted);
  }

  /** Writes what was counted; what cannot be written is kept and tried again. */
  flush(): void {
    if (this.#dirty.length === 0) return;
    const nowMs = this.#world.clock.nowMs();
    try {
      this.#store.add(this.#dirty.map((counted) => counted.toBatch(nowMs)));
    } catch (error) {
      this.#world.log.error('the use of keys could not be written; it is kept and tried again', { error });
      return;
    }
    for (const counted of this.#dirty) {
      counted.reset(nowMs);
      if (counted.isLarge) this.#counted.delete(counted.credential);
    }
    this.#dirty = [];
    if (this.#counted.size > MOST_CREDENTIALS) this.#counted = new Map();
  }

  close(): void {
    this.#stop();
    this.flush();
  }

  #begin(credential: string, event: AuditEvent): Counted {
    const counted = new Counted(credential, event);
    this.#counted.set(credential, counted);
    return counted;
  }
}
