/** Something that is fetched or asked again and again, and just now cannot be. */
export interface Failing {
  /** What it is, the same each time. */
  readonly name: string;
  /** In words that begin a sentence. */
  readonly what: string;
  readonly reason: string;
  readonly sinceMs: number;
  readonly lastAtMs: number;
  /** How often in a row. */
  readonly tries: number;
}

const MOST = 500;
/** What nobody has tried for so long is no longer wanted. */
const WANTED_MS = 3_600_000;

/** What fails since when; what works again is forgotten. */
export class Failures {
  readonly #failing = new Map<string, Failing>();

  failed({ name, what, reason }: Pick<Failing, 'name' | 'what' | 'reason'>, nowMs: number): void {
    const known = this.#failing.get(name);
    if (known === undefined && this.#failing.size >= MOST) return;
    this.#failing.set(name, { name, what, reason, sinceMs: known?.sinceMs ?? nowMs, lastAtMs: nowMs, tries: (known?.tries ?? 0) + 1 });
  }

  worked(name: string): void {
    this.#failing.delete(name);
  }

  has(name: string): boolean {
    return this.#failing.has(name);
  }

  /** What fails and is still tried. */
  list(nowMs: number): readonly Failing[] {
    for (const [name, { lastAtMs }] of this.#failing) if (nowMs - lastAtMs > WANTED_MS) this.#failing.delete(name);
    return [...this.#failing.values()];
  }
}
