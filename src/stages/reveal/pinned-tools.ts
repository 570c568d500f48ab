import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { canonicalDefinition, digestOf, pinnedMembers } from '../../model/tool-definition.ts';
import type { PinRules, SeenTool, ToolPin, ToolPins, ToolPinStore } from '../../ports/tool-pins.ts';
import type { LogFields, World } from '../../ports/world.ts';

/** What is known of one tool. */
interface Known {
  accepted: string | undefined;
  pending: string | undefined;
  /** The last definition as it came: most lists say what the one before said. */
  text: string;
  /** Until when a further change is neither written nor logged: a server must not fill either. */
  quietUntilMs: number;
  isUnsaved: boolean;
}

/** A server that has more tools is not believed. */
const MOST_TOOLS = 10_000;
const MOST_KEPT = 64 * 1024;
const QUIET_MS = 1_000;
/** So many tools of one list are named in the log, the rest are counted. */
const MOST_NAMED = 10;

const DEFAULT: PinRules = { toolChanges: 'hold', newTools: 'list' };

type Named = readonly [string, JsonObject];

const namedTools = (tools: readonly JsonValue[]): readonly Named[] => tools.flatMap((tool) => (isJsonObject(tool) && typeof tool['name'] === 'string' ? [[tool['name'], tool] as const] : []));

/**
 * Pins each tool at first sight, and holds one that has changed until it is accepted (Q06). It outlives a reload, which only hands in
 * other rules.
 */
export class PinnedTools implements ToolPins {
  readonly #store: ToolPinStore;
  readonly #world: Pick<World, 'clock' | 'log'>;
  readonly #servers = new Map<string, Map<string, Known>>();
  readonly #settled: Set<string>;
  #rules: ReadonlyMap<string, PinRules> = new Map();
  #named = 0;

  constructor(store: ToolPinStore, world: Pick<World, 'clock' | 'log'>) {
    this.#store = store;
    this.#world = world;
    this.#settled = new Set(store.settled());
    this.refresh();
  }

  /** Takes up the rules of a configuration. */
  follow(rules: ReadonlyMap<string, PinRules>): void {
    this.#rules = rules;
  }

  /** Reads again what is accepted. What waits is known here as well as there, and later. */
  refresh(): void {
    for (const { server, tool, accepted, pending } of this.#store.list()) {
      const known = this.#known(server, tool);
      known.accepted = accepted?.digest;
      const waiting = known.pending ?? pending?.digest;
      known.pending = waiting === known.accepted ? undefined : waiting;
    }
  }

  look(server: string, tools: readonly JsonValue[], last: boolean): void {
    this.#named = 0;
    const notes = namedTools(tools).flatMap((tool) => this.#lookAt(server, tool));
    try {
      if (notes.length > 0) this.#store.note(notes);
      if (last && !this.#settled.has(server)) this.#store.settle(server);
    } catch (error) {
      this.#world.log.error('what a server says of its tools cannot be written down', { server, error });
    }
    if (last) this.#settled.add(server);
    if (this.#named > MOST_NAMED) this.#world.log.warn('more tools of a server have changed or are new', { server, more: this.#named - MOST_NAMED, next: `sallyport tools diff ${server}` });
  }

  isHeld(server: string, tool: string): boolean {
    const tools = this.#servers.get(server);
    const known = tools?.get(tool);
    if (known === undefined) return tools !== undefined && tools.size >= MOST_TOOLS;
    if (known.pending === undefined) return false;
    return known.accepted === undefined || this.#rulesOf(server).toolChanges === 'hold';
  }

  /** How many tools wait. */
  get held(): number {
    let count = 0;
    for (const [server, tools] of this.#servers) for (const tool of tools.keys()) if (this.isHeld(server, tool)) count += 1;
    return count;
  }

  #rulesOf(server: string): PinRules {
    return this.#rules.get(server) ?? DEFAULT;
  }

  #known(server: string, tool: string): Known {
    const tools = this.#servers.get(server) ?? new Map<string, Known>();
    this.#servers.set(server, tools);
    const known = tools.get(tool) ?? { accepted: undefined, pending: undefined, text: '', quietUntilMs: Number.NEGATIVE_INFINITY, isUnsaved: false };
    tools.set(tool, known);
    return known;
  }

  /** Judges one tool of a list. @returns what has to be written down */
  #lookAt(server: string, [name, tool]: Named): readonly ToolPin[] {
    const tools = this.#servers.get(server);
    if (tools !== undefined && tools.size >= MOST_TOOLS && !tools.has(name)) return [];
    const known = this.#known(server, name);
    const text = JSON.stringify(pinnedMembers(tool));
    if (text === known.text && !known.isUnsaved) return [];
    known.text = text;
    const definition = canonicalDefinition(text);
    const seen = { digest: digestOf(definition), definition: definition.length > MOST_KEPT ? '' : definition, atMs: this.#world.clock.nowMs() };
    if (known.accepted === undefined && known.pending === undefined) return this.#meet({ server, tool: name }, known, seen);
    return this.#compare({ server, tool: name }, known, seen);
  }

  /** The first sight of a tool: accepted as it is, unless new tools of this server wait. */
  #meet(pin: ToolPin, known: Known, seen: SeenTool): readonly ToolPin[] {
    if (!this.#settled.has(pin.server) || this.#rulesOf(pin.server).newTools === 'list') {
      known.accepted = seen.digest;
      return [{ ...pin, accepted: seen }];
    }
    known.pending = seen.digest;
    this.#say('a server has a new tool, which is held until it is accepted', { ...pin, next: `sallyport tools accept ${pin.server} ${pin.tool}` });
    return [{ ...pin, pending: seen }];
  }

  #compare(pin: ToolPin, known: Known, seen: SeenTool): readonly ToolPin[] {
    const before = known.pending;
    known.pending = seen.digest === known.accepted ? undefined : seen.digest;
    if (known.pending === before && !known.isUnsaved) return [];
    const now = this.#world.clock.monotonicMs();
    known.isUnsaved = now < known.quietUntilMs;
    if (known.isUnsaved) return [];
    known.quietUntilMs = now + QUIET_MS;
    if (known.pending === undefined) return [pin];
    this.#warn(pin);
    return [{ ...pin, pending: seen }];
  }

  #say(message: string, fields: LogFields): void {
    this.#named += 1;
    if (this.#named <= MOST_NAMED) this.#world.log.warn(message, fields);
  }

  #warn(pin: ToolPin): void {
    const { toolChanges } = this.#rulesOf(pin.server);
    if (toolChanges === 'ignore') return;
    this.#say(toolChanges === 'hold' ? 'a tool has changed and is held until the change is accepted' : 'a tool has changed', { ...pin, next: `sallyport tools diff ${pin.server} ${pin.tool}` });
  }
}
