/**
 * A bounded map that forgets what was not asked for lately: two generations, of which the older is dropped whole. A look-up that finds
 * something in the younger one changes nothing.
 */
export class Recent<Value extends object> {
  readonly #limit: number;
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();

  /** @param limit how many each generation holds */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get(name: string): Value | undefined {
    const found = this.#young.get(name);
    if (found !== undefined) return found;
    const aged = this.#old.get(name);
    if (aged !== undefined) this.set(name, aged);
    return aged;
  }

  set(name: string, value: Value): void {
    if (this.#young.size >= this.#limit) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(name, value);
  }

  clear(): void {
    this.#young = new Map();
    this.#old = new Map();
  }
}
