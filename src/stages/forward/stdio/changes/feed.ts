import type { JsonObject } from '../../../../model/json.ts';

/** How one run of a child is made to tell what changes; one implementation per era. */
export interface ChangeFeed {
  /** Somebody listens; `uris` are the resources watched so far. Failures of single resources are logged, not thrown. */
  start(uris: readonly string[]): Promise<void>;
  /** Watches one more resource. @throws RpcFault when the server refuses, GatewayError when it is gone */
  watch(uri: string): Promise<void>;
  unwatch(uri: string): void;
  /** Nobody listens any more. */
  stop(): void;
  /** The change as listeners get it, or undefined when it is none they were promised. */
  accept(method: string, params: JsonObject): JsonObject | undefined;
  /** The child ended a request of ours. */
  cancelled(requestId: unknown): void;
}
