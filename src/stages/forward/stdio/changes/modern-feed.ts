import { isJsonObject, type JsonObject, type JsonValue } from '../../../../model/json.ts';
import type { Clock } from '../../../../ports/world.ts';
import type { OpenChild } from '../child/child-run.ts';
import type { PendingCall } from '../child/child-connection.ts';
import { GATEWAY_META } from '../child/open-child.ts';
import { RpcCode } from '../rpc/codes.ts';
import { RpcFault } from '../rpc/rpc-fault.ts';
import type { ChangeFeed } from './feed.ts';

const SUBSCRIPTION_ID = 'io.modelcontextprotocol/subscriptionId';
const ACKNOWLEDGED = 'notifications/subscriptions/acknowledged';
/** A child that ends the subscription is asked again, but not in a loop. */
const LISTEN_AGAIN_MS = 5_000;

interface Opening {
  readonly id: number;
  readonly call: PendingCall;
  readonly acknowledged: () => void;
}

interface Listening {
  readonly id: number;
  readonly call: PendingCall;
  /** The resources the child agreed to watch. */
  readonly watched: ReadonlySet<unknown>;
}

const hasFlag = (capabilities: JsonObject, area: string, flag: string): boolean => isJsonObject(capabilities[area]) && capabilities[area][flag] === true;

const withoutSubscriptionId = (params: JsonObject): JsonObject => {
  const { _meta, ...rest } = params;
  if (!isJsonObject(_meta)) return params;
  const { [SUBSCRIPTION_ID]: _id, ...meta } = _meta;
  return Object.keys(meta).length === 0 ? rest : { ...rest, _meta: meta };
};

/**
 * A modern child tells changes only on `subscriptions/listen`. All callers share one, whose filter is the union of
 * theirs; when it grows, a second one is opened and the first ended once the second is acknowledged, so no change is
 * lost and none is told twice.
 */
export class ModernFeed implements ChangeFeed {
  readonly #child: OpenChild;
  readonly #clock: Clock;
  readonly #wanted = new Set<string>();
  #opening: Opening | undefined;
  #listening: Listening | undefined;
  #changing: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(child: OpenChild, clock: Clock) {
    this.#child = child;
    this.#clock = clock;
  }

  async start(uris: readonly string[]): Promise<void> {
    for (const uri of uris) this.#wanted.add(uri);
    this.#isStopped = false;
    await this.#listenOnce();
  }

  async watch(uri: string): Promise<void> {
    const { capabilities } = this.#child.facts;
    if (!hasFlag(capabilities, 'resources', 'subscribe')) throw new RpcFault({ code: RpcCode.methodNotFound, message: 'The server has no resource subscriptions' });
    this.#wanted.add(uri);
    await this.#listenOnce();
    if (this.#listening?.watched.has(uri) === true) return;
    this.#wanted.delete(uri);
    throw new RpcFault({ code: RpcCode.invalidParams, message: 'The server does not watch this resource' });
  }

  unwatch(uri: string): void {
    // The filter shrinks with its next change; until then what nobody wants is dropped by whoever hands changes out.
    this.#wanted.delete(uri);
  }

  stop(): void {
    this.#isStopped = true;
    this.#wanted.clear();
    this.#listening?.call.cancel('nobody listens any more');
    this.#listening = undefined;
  }

  accept(method: string, params: JsonObject): JsonObject | undefined {
    const id = isJsonObject(params['_meta']) ? params['_meta'][SUBSCRIPTION_ID] : undefined;
    if (method === ACKNOWLEDGED) {
      if (id === this.#opening?.id) this.#acknowledge(params['notifications']);
      return undefined;
    }
    return id !== undefined && id === this.#listening?.id ? withoutSubscriptionId(params) : undefined;
  }

  cancelled(requestId: unknown): void {
    if (requestId === this.#listening?.id) this.#listenAgainLater();
  }

  /** One change of the filter after the other; those that wait are served by the same one. */
  async #listenOnce(): Promise<void> {
    const before = this.#changing;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#changing = promise;
    await before;
    try {
      const isCovered = this.#listening !== undefined && [...this.#wanted].every((uri) => this.#listening?.watched.has(uri));
      if (!isCovered && !this.#isStopped) await this.#listen();
    } finally {
      resolve();
    }
  }

  async #listen(): Promise<void> {
    const { connection } = this.#child;
    const id = connection.nextId;
    const { promise, resolve } = Promise.withResolvers<void>();
    const call = connection.call({ method: 'subscriptions/listen', params: { _meta: GATEWAY_META, notifications: this.#filter() }, origin: undefined, timeoutMs: Number.POSITIVE_INFINITY });
    this.#opening = { id, call, acknowledged: resolve };
    await Promise.race([promise, this.#ended(id, call)]);
  }

  /** At once and not in a promise's turn: the next line of the same read may be the first change. */
  #acknowledge(filter: JsonValue | undefined): void {
    const opened = this.#opening;
    if (opened === undefined) return;
    this.#opening = undefined;
    this.#listening?.call.cancel('a wider subscription has taken its place');
    const watched = isJsonObject(filter) ? filter['resourceSubscriptions'] : undefined;
    this.#listening = { id: opened.id, call: opened.call, watched: new Set(Array.isArray(watched) ? watched : []) };
    if (this.#isStopped) this.stop();
    opened.acknowledged();
  }

  /** Rejects when the subscription ends; after the acknowledgement that means it has to be opened again. */
  async #ended(id: number, call: PendingCall): Promise<never> {
    const outcome = await call.outcome;
    if (id === this.#listening?.id) this.#listenAgainLater();
    throw outcome.kind === 'error' ? new RpcFault(outcome.error) : new RpcFault({ code: RpcCode.internal, message: 'The server ended the subscription' });
  }

  #listenAgainLater(): void {
    this.#listening = undefined;
    this.#clock.after(LISTEN_AGAIN_MS, () => {
      if (!this.#isStopped) this.#listenOnce().catch(() => undefined);
    });
  }

  #filter(): JsonObject {
    const { capabilities } = this.#child.facts;
    const flags = (['tools', 'prompts', 'resources'] as const).filter((area) => hasFlag(capabilities, area, 'listChanged'));
    return {
      ...Object.fromEntries(flags.map((area) => [`${area}ListChanged`, true])),
      ...(this.#wanted.size === 0 ? {} : { resourceSubscriptions: [...this.#wanted] }),
    };
  }
}
