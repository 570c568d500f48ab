import { isJsonObject, type JsonValue } from '../../../../../model/json.ts';
import type { Clock } from '../../../../../ports/world.ts';
import type { OpenChild } from '../../child/child-run.ts';
import { listTools } from '../../child/list-tools.ts';
import type { RpcOutcome } from '../../rpc/message.ts';
import { headerMismatch, mirroredParams, type MirroredParam } from './mirrored-params.ts';
import type { ModernRequest } from './modern-request.ts';

const TIMEOUT_MS = 30_000;
const MOST_TOOLS = 10_000;
/** Calls of tools that do not exist must not make the server list its tools each time. */
const LIST_AGAIN_MS = 5_000;

/**
 * Checks the headers that repeat arguments of a tool call. Which arguments those are stands in the tools' schemas: learnt
 * from the lists that pass, so never older than what the caller knows, and asked for when a tool is not known.
 */
export class MirroredHeaders {
  readonly #clock: Clock;
  #child: OpenChild | undefined;
  #listedMs = Number.NEGATIVE_INFINITY;
  #listing: Promise<readonly JsonValue[]> | undefined;
  #tools = new Map<string, readonly MirroredParam[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes note of a list of tools on its way to a caller. */
  learn(child: OpenChild, outcome: RpcOutcome): void {
    if (outcome.kind === 'result' && Array.isArray(outcome.result['tools'])) this.#note(child, outcome.result['tools']);
  }

  /** @returns what is wrong with the request's headers, or undefined */
  async mismatch({ call, outbound }: ModernRequest, child: OpenChild): Promise<string | undefined> {
    const { name, arguments: args } = call.params;
    if (call.method !== 'tools/call' || typeof name !== 'string') return undefined;
    if (!this.#knows(child, name)) await this.#list(child);
    const params = this.#tools.get(name) ?? [];
    return headerMismatch(params, outbound.headers, isJsonObject(args) ? args : {});
  }

  #knows(child: OpenChild, name: string): boolean {
    return child === this.#child && (this.#tools.has(name) || this.#clock.monotonicMs() - this.#listedMs < LIST_AGAIN_MS);
  }

  /** Callers who come at once share one list. */
  async #list(child: OpenChild): Promise<void> {
    this.#listing ??= listTools(child, TIMEOUT_MS)
      .catch(() => [])
      .finally(() => {
        this.#listing = undefined;
      });
    this.#note(child, await this.#listing);
    this.#listedMs = this.#clock.monotonicMs();
  }

  #note(child: OpenChild, tools: readonly JsonValue[]): void {
    if (child !== this.#child || this.#tools.size > MOST_TOOLS) this.#tools = new Map();
    this.#child = child;
    for (const tool of tools) if (isJsonObject(tool) && typeof tool['name'] === 'string') this.#tools.set(tool['name'], mirroredParams(tool['inputSchema']));
  }
}
