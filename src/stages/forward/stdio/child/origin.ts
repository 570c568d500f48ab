import type { JsonObject } from '../../../../model/json.ts';

/** A request of a legacy child to whoever caused it: sampling or elicitation. */
export interface Ask {
  readonly method: string;
  readonly params: JsonObject;
  /** Fires when the child takes the request back, or nobody answers in time. */
  readonly signal: AbortSignal;
}

/** The call a question was taken to belong to has ended without it: another call of the same caller must have caused it. */
export class NotMine extends Error {}

/** On whose behalf a call runs in the child, and how to reach them while it runs. */
export interface CallOrigin {
  /** One value per caller; two calls with different values must never see anything of each other (M02). */
  readonly caller: string;
  /** Progress and log messages of this call. */
  notify(method: string, params: JsonObject): void;
  /** Passes a child's request on and resolves with the answer; throws RpcFault, or NotMine. Absent when this caller cannot be asked. */
  readonly ask?: (ask: Ask) => Promise<JsonObject>;
}

/** The gateway's own questions: nobody is told about their progress, and nobody can be asked. */
export const GATEWAY_ORIGIN: CallOrigin = { caller: 'gateway', notify: () => undefined };
