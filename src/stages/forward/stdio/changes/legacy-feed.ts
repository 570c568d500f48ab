import { isJsonObject, type JsonObject } from '../../../../model/json.ts';
import type { OpenChild } from '../child/child-run.ts';
import { GATEWAY_ORIGIN } from '../child/origin.ts';
import { RpcCode } from '../rpc/codes.ts';
import { RpcFault } from '../rpc/rpc-fault.ts';
import type { ChangeFeed } from './feed.ts';

const TIMEOUT_MS = 30_000;

/** A legacy child tells list changes unasked, and resource changes after `resources/subscribe` (2025-11-25 resources). */
export class LegacyFeed implements ChangeFeed {
  readonly #child: OpenChild;

  constructor(child: OpenChild) {
    this.#child = child;
  }

  async start(uris: readonly string[]): Promise<void> {
    // One after the other, so as not to flood the child; one that can no longer be watched is no reason to lose the others.
    for (const uri of uris) await this.watch(uri).catch(() => undefined);
  }

  async watch(uri: string): Promise<void> {
    const { resources } = this.#child.facts.capabilities;
    if (!isJsonObject(resources) || resources['subscribe'] !== true) throw new RpcFault({ code: RpcCode.methodNotFound, message: 'The server has no resource subscriptions' });
    const outcome = await this.#call('resources/subscribe', uri);
    if (outcome.kind === 'error') throw new RpcFault(outcome.error);
  }

  unwatch(uri: string): void {
    // Best effort: an unwanted notification is dropped by whoever hands them out.
    this.#call('resources/unsubscribe', uri).catch(() => undefined);
  }

  stop(): void {
    // Nothing was opened.
  }

  accept(_method: string, params: JsonObject): JsonObject {
    return params;
  }

  cancelled(): void {
    // A legacy child has no long-lived request of ours.
  }

  async #call(method: string, uri: string) {
    return this.#child.connection.call({ method, params: { uri }, origin: GATEWAY_ORIGIN, timeoutMs: TIMEOUT_MS }).outcome;
  }
}
