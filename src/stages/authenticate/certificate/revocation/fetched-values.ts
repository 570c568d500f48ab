import { Failures, type Failing } from '../../../../model/failing.ts';
import type { Log } from '../../../../ports/world.ts';

interface Kept<Value> {
  value: Value | undefined;
  againAtMs: number;
  asking: Promise<void> | undefined;
}

/** What was fetched, and when it should be fetched again. */
export interface Fetched<Value> {
  readonly value: Value;
  readonly againAtMs: number;
}

export interface FetchedNeeds {
  readonly log: Pick<Log, 'warn'>;
  /** Called when something has come. */
  readonly changed: () => void;
}

const MOST_KEPT = 10_000;
/** Whoever does not answer is left alone for so long. */
const RETRY_MS = 30_000;

/** Answers from elsewhere, each fetched once however many wait for it, and again before it has ended. */
export class FetchedValues<Value> {
  readonly #kept = new Map<string, Kept<Value>>();
  readonly #needs: FetchedNeeds;
  readonly #failures = new Failures();

  constructor(needs: FetchedNeeds) {
    this.#needs = needs;
  }

  /** Who does not answer, and since when. */
  failing(nowMs: number): readonly Failing[] {
    return this.#failures.list(nowMs);
  }

  get(key: string): Value | undefined {
    return this.#kept.get(key)?.value;
  }

  /** Fetches where it is time. @returns what has to be waited for: nothing where there is an answer already, or was none just now */
  refresh(key: string, nowMs: number, load: () => Promise<Fetched<Value>>): Promise<void> | undefined {
    const kept = this.#keptOf(key);
    if (kept.asking === undefined && nowMs >= kept.againAtMs) kept.asking = this.#ask(kept, { key, nowMs, load });
    return kept.value === undefined ? kept.asking : undefined;
  }

  #keptOf(key: string): Kept<Value> {
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
    const kept: Kept<Value> = { value: undefined, againAtMs: 0, asking: undefined };
    this.#kept.set(key, kept);
    return kept;
  }

  async #ask(kept: Kept<Value>, { key, nowMs, load }: { readonly key: string; readonly nowMs: number; readonly load: () => Promise<Fetched<Value>> }): Promise<void> {
    const from = key.split(' ', 1)[0] ?? key;
    try {
      [kept.value, kept.againAtMs] = await load().then(({ value, againAtMs }) => [value, againAtMs] as const);
      this.#failures.worked(from);
      this.#needs.changed();
    } catch (error) {
      kept.againAtMs = nowMs + RETRY_MS;
      const reason = error instanceof Error ? error.message : 'unknown';
      this.#failures.failed({ name: from, what: `what ${from} says of revoked certificates`, reason }, nowMs);
      this.#needs.log.warn('what an issuer says of revoked certificates cannot be fetched', { from, reason });
    } finally {
      kept.asking = undefined;
    }
  }
}
