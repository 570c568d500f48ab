import { isJsonObject, type JsonObject } from '../../../../../model/json.ts';
import type { ChangeHub, Membership } from '../../changes/change-hub.ts';
import type { ServerFacts } from '../../child/server-facts.ts';
import { RpcFault } from '../../rpc/rpc-fault.ts';

/** What a `subscriptions/listen` asks for, and what of it is promised. */
export interface ListenFilter {
  readonly toolsListChanged?: true;
  readonly promptsListChanged?: true;
  readonly resourcesListChanged?: true;
  readonly resourceSubscriptions?: readonly string[];
}

const AREAS = ['tools', 'prompts', 'resources'] as const;

const isTextArray = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((item) => typeof item === 'string');

/** The filter of a request, or undefined when it is none. */
export const listenFilter = ({ notifications }: JsonObject): ListenFilter | undefined => {
  if (!isJsonObject(notifications)) return undefined;
  const { resourceSubscriptions } = notifications;
  const flags = AREAS.map((area) => [`${area}ListChanged`, notifications[`${area}ListChanged`]] as const);
  if (flags.some(([, value]) => value !== undefined && typeof value !== 'boolean')) return undefined;
  if (resourceSubscriptions !== undefined && !isTextArray(resourceSubscriptions)) return undefined;
  return {
    ...Object.fromEntries(flags.filter(([, value]) => value === true)),
    ...(resourceSubscriptions === undefined ? {} : { resourceSubscriptions }),
  };
};

const offers = ({ capabilities }: ServerFacts, area: string): boolean => {
  const of = capabilities[area];
  return isJsonObject(of) && of['listChanged'] === true;
};

/** Watches what can be watched of the wanted resources. @throws GatewayError when the server is gone */
const watchAll = async (membership: Membership, uris: readonly string[]): Promise<readonly string[]> => {
  const watched = await Promise.all(
    uris.map(async (uri) => {
      try {
        await membership.watch(uri);
        return [uri];
      } catch (error) {
        // A type the server does not support is left out of the acknowledgement, and so is a single resource.
        if (error instanceof RpcFault) return [];
        throw error;
      }
    }),
  );
  return watched.flat();
};

export interface Subscription {
  /** The subset of the filter that is promised. */
  readonly promised: ListenFilter;
  leave(): void;
}

export interface SubscribeOptions {
  readonly hub: ChangeHub;
  readonly facts: ServerFacts;
  readonly filter: ListenFilter;
  /** Called for each promised change, once `subscribe` has resolved. */
  told(method: string, params: JsonObject): void;
}

/** Subscribes one modern caller: only to what was asked for, and only to what the server offers (TR-10). */
export const subscribe = async ({ hub, facts, filter, told }: SubscribeOptions): Promise<Subscription> => {
  const flags = AREAS.filter((area) => filter[`${area}ListChanged`] === true && offers(facts, area));
  const methods = new Set([...flags.map((area) => `notifications/${area}/list_changed`), 'notifications/resources/updated']);
  let isReady = false;
  const membership = hub.join({
    changed: (method, params) => {
      if (isReady && methods.has(method)) told(method, params);
    },
  });
  try {
    const watched = await watchAll(membership, filter.resourceSubscriptions ?? []);
    isReady = true;
    const promised = { ...Object.fromEntries(flags.map((area) => [`${area}ListChanged`, true as const])), ...(watched.length === 0 ? {} : { resourceSubscriptions: watched }) };
    return { promised, leave: () => membership.leave() };
  } catch (error) {
    membership.leave();
    throw error;
  }
};
