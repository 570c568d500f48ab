import type { RpcId } from '../model/call.ts';
import type { JsonObject } from '../model/json.ts';
import type { ShadowDifference } from '../model/policy.ts';
import { rowOf, type ErrorCode, type ErrorRow } from './catalogue.ts';

export interface Circumstances {
  /** Private: for the audit trail and the log, never for the caller. */
  readonly reason: string;
  /** Private: the rule that refuses, for the audit trail. */
  readonly rule?: string;
  /** Private: what a watching policy would have decided otherwise, for the audit trail. */
  readonly shadow?: ShadowDifference;
  /** Public: one sentence that may be shown, in place of nothing. */
  readonly detail?: string;
  /** JSON-RPC `error.data`, public. */
  readonly data?: JsonObject;
  /** Reply headers the error needs, such as `Allow` or `Retry-After`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Public: the scopes that a token needs for this, all of them (RS-10). */
  readonly scopes?: readonly string[];
  /** Extra public members of the problem document. */
  readonly extra?: JsonObject;
  /** The JSON-RPC id of the refused message, for the renderer; absent when none could be read. */
  readonly rpcId?: RpcId;
  readonly cause?: unknown;
}

/** The one error that leaves a room. Its public face is its catalogue row and `detail`; everything else is private. */
export class GatewayError extends Error {
  readonly code: ErrorCode;
  readonly circumstances: Circumstances;

  constructor(code: ErrorCode, circumstances: Circumstances) {
    super(`${code}: ${circumstances.reason}`, { cause: circumstances.cause });
    this.name = 'GatewayError';
    this.code = code;
    this.circumstances = circumstances;
  }

  get row(): ErrorRow {
    return rowOf(this.code);
  }
}

/** Anything that is not a GatewayError becomes `house.fault`: nothing of its message is shown (checklist 18). */
export const asGatewayError = (error: unknown): GatewayError =>
  error instanceof GatewayError ? error : new GatewayError('house.fault', { reason: error instanceof Error ? error.message : 'a non-error was thrown', cause: error });
