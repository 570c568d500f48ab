import type { JsonObject } from './json.ts';
import type { PrimitiveKind } from './permission/permission.ts';

/** The two protocol families of MCP: stateless 2026-07-28, and the sessioned 2025 revisions (mcp-spec.md §1.6). */
export type Era = 'modern' | 'legacy';

/** A JSON-RPC id: string or integer, never null (MCP basic, "Requests"). */
export type RpcId = string | number;

/** What names the primitive a call is about. */
export interface Primitive {
  readonly kind: PrimitiveKind;
  readonly name: string;
}

/**
 * What one HTTP request asks, read once and judged from here on.
 * - `request` and `notification` carry a JSON-RPC method; `primitives` are what policy must cover (all of them).
 * - `response` is a legacy client's answer to a server's request.
 * - `stream` and `end` are the legacy GET and DELETE.
 * - `status` is our own GET /mcp/status.
 */
export type McpCall =
  | { readonly kind: 'request'; readonly era: Era; readonly id: RpcId; readonly method: string; readonly params: JsonObject; readonly primitives: readonly Primitive[] }
  | { readonly kind: 'notification'; readonly era: Era; readonly method: string; readonly params: JsonObject; readonly primitives: readonly Primitive[] }
  | { readonly kind: 'response'; readonly era: 'legacy'; readonly id: RpcId }
  | { readonly kind: 'stream'; readonly era: 'legacy' }
  | { readonly kind: 'end'; readonly era: 'legacy' }
  | { readonly kind: 'status' };

/** The JSON-RPC id the reply must carry, when the call has one. */
export const idOf = (call: McpCall | undefined): RpcId | undefined => (call?.kind === 'request' ? call.id : undefined);

/** The method name for audit, metrics and logs; HTTP-level calls get the name of what they do. */
export const methodOf = (call: McpCall): string => {
  switch (call.kind) {
    case 'request':
    case 'notification':
      return call.method;
    default:
      return `http/${call.kind}`;
  }
};

/** The tool a call runs, when it runs one. */
export const toolOf = (call: McpCall): string | undefined =>
  call.kind === 'request' && call.method === 'tools/call' ? call.primitives[0]?.name : undefined;

/** Whether the call asks for a stream that stays open, rather than for an answer that may come as one. */
export const opensStream = (call: McpCall): boolean => call.kind === 'stream' || (call.kind === 'request' && call.method === 'subscriptions/listen');
