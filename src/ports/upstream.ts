import type { Era, McpCall } from '../model/call.ts';
import type { Reply } from '../model/exchange.ts';
import type { Hangup } from '../model/hangup.ts';

/** One call on its way to a server: everything an upstream may see. */
export interface Outbound {
  readonly requestId: string;
  /** Who the call is for: one value per credential; sessions and state handles are kept apart by it (M01, RS-14). */
  readonly principalKey: string;
  readonly httpMethod: 'POST' | 'GET' | 'DELETE';
  /** Lower-case names; built from an allow-list, the caller's credential is not among them (P02). */
  readonly headers: Readonly<Record<string, string>>;
  /** The caller's original bytes; absent for GET and DELETE. */
  readonly body: Buffer | undefined;
  readonly call: McpCall;
  /** Legacy session id, already proven to belong to this principal; absent when the call opens one or is modern. */
  readonly sessionId: string | undefined;
  /** Milliseconds until the answer must have begun. */
  readonly timeoutMs: number;
  /** Tells when the caller has left; `signal` is the same as an AbortSignal, made when it is asked for. */
  readonly hangup: Hangup;
  readonly signal: AbortSignal;
}

/** A tool as the server claims it, for the banner and for telling reads from writes. */
export interface ToolFacts {
  readonly name: string;
  readonly readOnly: boolean;
  /** Only `false` is a claim: a tool that says nothing may destroy, so MCP reads an absent hint. */
  readonly destructive?: false;
}

/** What the probe at start learned; `unknown` tools count as writes. */
export interface UpstreamFacts {
  readonly title: string;
  readonly transport: 'stdio' | 'http';
  /** The newest protocol revision the server speaks, such as `2026-07-28`. */
  readonly protocolVersion: string;
  readonly eras: readonly Era[];
  readonly tools: readonly ToolFacts[];
}

export type UpstreamHealth = { readonly kind: 'ready' } | { readonly kind: 'down'; readonly reason: string };

/** A server behind the gateway. `send` resolves when the answer begins; a stream's end is its own affair. */
export interface Upstream {
  /** Connects and asks what is there; throws GatewayError `upstream.*` with the cure in `reason`. */
  probe(signal: AbortSignal): Promise<UpstreamFacts>;
  /** @throws GatewayError `upstream.unreachable`, `.unavailable`, `.timeout`, `.answer-refused` */
  send(outbound: Outbound): Promise<Reply>;
  health(): UpstreamHealth;
  /** Ends connections and children; resolves when none is left. */
  close(): Promise<void>;
}
