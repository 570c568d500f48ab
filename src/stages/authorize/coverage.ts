import type { Primitive } from '../../model/call.ts';
import type { Rule } from './rule.ts';

/** How many names are remembered; names are the caller's to choose, so there is an end to them. */
const MAX_NAMES = 2_000;
const MAX_LENGTH = 512;

type ByName = Map<string, Uint8Array>;

/**
 * Which rules cover a primitive, or a server as a whole: found once for each name, because the same few tools are called over and over and
 * a policy may be about many others.
 */
export class Coverage {
  readonly #rules: readonly Rule[];
  #byServer = new Map<string, Record<Primitive['kind'], ByName>>();
  #wholes = new Map<string, Uint8Array>();
  #names = 0;

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
  }

  /** A byte for each rule, in their order: 1 when it covers. */
  of(server: string, primitive: Primitive | undefined): Uint8Array {
    const known = primitive === undefined ? this.#wholes : this.#namesOf(server)[primitive.kind];
    const name = primitive === undefined ? server : primitive.name;
    const found = known.get(name);
    if (found !== undefined) return found;
    const made = Uint8Array.from(this.#rules, (rule) => Number(rule.covers(server, primitive)));
    if (name.length > MAX_LENGTH) return made;
    this.#count();
    known.set(name, made);
    return made;
  }

  #namesOf(server: string): Record<Primitive['kind'], ByName> {
    const found = this.#byServer.get(server);
    if (found !== undefined) return found;
    const made = { tool: new Map(), resource: new Map(), prompt: new Map() };
    this.#byServer.set(server, made);
    return made;
  }

  /** Begins anew when there are too many: what was lost is found again. */
  #count(): void {
    this.#names += 1;
    if (this.#names <= MAX_NAMES) return;
    this.#names = 0;
    this.#byServer = new Map();
    this.#wholes = new Map();
  }
}
