import { GatewayError } from '../../../../errors/gateway-error.ts';
import type { JsonObject } from '../../../../model/json.ts';
import type { Clock } from '../../../../ports/world.ts';
import type { OpenChild } from '../child/child-run.ts';
import { RpcCode } from '../rpc/codes.ts';
import { RpcFault } from '../rpc/rpc-fault.ts';
import type { ChangeFeed } from './feed.ts';
import { LegacyFeed } from './legacy-feed.ts';
import { ModernFeed } from './modern-feed.ts';

const MOST_WATCHED = 10_000;
const MOST_WATCHED_BY_ONE = 200;
const UPDATED = 'notifications/resources/updated';
const LIST_CHANGES = { tools: 'notifications/tools/list_changed', prompts: 'notifications/prompts/list_changed', resources: 'notifications/resources/list_changed' };

/** Takes part in the changes of the server: a legacy session or a modern subscription. */
export interface ChangeListener {
  changed(method: string, params: JsonObject): void;
}

export interface Membership {
  /** @throws RpcFault when the server refuses, GatewayError when it is gone */
  watch(uri: string): Promise<void>;
  unwatch(uri: string): void;
  leave(): void;
}

interface Watched {
  count: number;
  ready: Promise<void>;
}

/** A server may name a part of the resource that was subscribed to (2025-11-25 schema, ResourceUpdatedNotification). */
const covers = (watched: string, uri: string): boolean => uri === watched || uri.startsWith(watched.endsWith('/') ? watched : `${watched}/`);

/**
 * Who wants to hear of which change, counted over all callers: the child is asked once for each, whatever its era, and
 * asked again when it was restarted (IO-4 M).
 */
export class ChangeHub {
  readonly #clock: Clock;
  readonly #members = new Map<ChangeListener, Set<string>>();
  readonly #watched = new Map<string, Watched>();
  #feed: ChangeFeed | undefined;
  #isRestart = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  join(listener: ChangeListener): Membership {
    const uris = new Set<string>();
    if (this.#members.size === 0) this.#feed?.start([]).catch(() => undefined);
    this.#members.set(listener, uris);
    return {
      watch: (uri) => this.#watch(uris, uri),
      unwatch: (uri) => {
        if (uris.delete(uri)) this.#unwatch(uri);
      },
      leave: () => this.#leave(listener),
    };
  }

  /** A child is up: first one or a new run of it. */
  opened(child: OpenChild): void {
    const feed = child.facts.era === 'modern' ? new ModernFeed(child, this.#clock) : new LegacyFeed(child);
    this.#feed = feed;
    child.connection.serve(
      {
        changed: (method, params) => {
          const accepted = feed.accept(method, params);
          if (accepted !== undefined) this.#tell(method, accepted);
        },
        cancelled: (requestId) => feed.cancelled(requestId),
      },
      child.facts.era === 'legacy',
    );
    if (this.#members.size > 0) feed.start([...this.#watched.keys()]).catch(() => undefined);
    if (this.#isRestart) this.#tellThatAnythingMayHaveChanged(child);
    this.#isRestart = true;
  }

  async #watch(uris: Set<string>, uri: string): Promise<void> {
    if (uris.has(uri)) return;
    if (uris.size >= MOST_WATCHED_BY_ONE || this.#watched.size >= MOST_WATCHED) throw new RpcFault({ code: RpcCode.internal, message: 'Too many resource subscriptions' });
    if (this.#feed === undefined) throw new GatewayError('upstream.unavailable', { reason: 'no server is running that could watch resources' });
    const watched = this.#watched.get(uri) ?? { count: 0, ready: this.#feed.watch(uri) };
    this.#watched.set(uri, watched);
    watched.count += 1;
    uris.add(uri);
    try {
      await watched.ready;
    } catch (error) {
      if (uris.delete(uri)) this.#unwatch(uri);
      throw error;
    }
  }

  #unwatch(uri: string): void {
    const watched = this.#watched.get(uri);
    if (watched === undefined) return;
    watched.count -= 1;
    if (watched.count > 0) return;
    this.#watched.delete(uri);
    this.#feed?.unwatch(uri);
  }

  #leave(listener: ChangeListener): void {
    const uris = this.#members.get(listener);
    if (uris === undefined) return;
    this.#members.delete(listener);
    for (const uri of uris) this.#unwatch(uri);
    if (this.#members.size === 0) this.#feed?.stop();
  }

  #tell(method: string, params: JsonObject): void {
    const { uri } = params;
    for (const [listener, uris] of this.#members) {
      if (method !== UPDATED || (typeof uri === 'string' && [...uris].some((watched) => covers(watched, uri)))) listener.changed(method, params);
    }
  }

  /** While the child was down nobody watched: what is cached may be stale. */
  #tellThatAnythingMayHaveChanged({ facts }: OpenChild): void {
    for (const [area, method] of Object.entries(LIST_CHANGES)) if (facts.capabilities[area] !== undefined) this.#tell(method, {});
    for (const uri of this.#watched.keys()) this.#tell(UPDATED, { uri });
  }
}
