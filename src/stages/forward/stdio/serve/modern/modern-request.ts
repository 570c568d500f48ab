import type { McpCall } from '../../../../../model/call.ts';
import { isJsonObject, type JsonObject } from '../../../../../model/json.ts';
import type { Outbound } from '../../../../../ports/upstream.ts';
import { isAtLeast, isLogLevel } from '../../rpc/log-level.ts';
import { Meta, metaOf } from '../../translate/meta.ts';

export type RequestCall = Extract<McpCall, { kind: 'request' }>;

/** One modern request with what its `_meta` says about the caller. */
export interface ModernRequest {
  readonly outbound: Outbound;
  readonly call: RequestCall;
  /** The caller as the child's attribution sees it: a credential, for a modern caller has no session. */
  readonly caller: string;
  readonly capabilities: JsonObject;
  /** Absent: no log messages at all (TR-13). */
  readonly logLevel: string | undefined;
}

export const modernRequest = (outbound: Outbound, call: RequestCall): ModernRequest => {
  const meta = metaOf(call.params);
  const capabilities = meta[Meta.clientCapabilities];
  const logLevel = meta[Meta.logLevel];
  return {
    outbound,
    call,
    caller: `credential ${outbound.principalKey}`,
    capabilities: isJsonObject(capabilities) ? capabilities : {},
    logLevel: isLogLevel(logLevel) ? logLevel : undefined,
  };
};

/** True for what may be told on the stream of this request. */
export const mayBeTold = ({ logLevel }: ModernRequest, method: string, params: JsonObject): boolean =>
  method !== 'notifications/message' || (logLevel !== undefined && isAtLeast(params['level'], logLevel));
