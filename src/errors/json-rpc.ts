import type { RpcId } from '../model/call.ts';
import type { JsonObject } from '../model/json.ts';
import type { GatewayError } from './gateway-error.ts';

/**
 * JSON-RPC 2.0 error response (§5.1).
 * @param id the id of the refused request; absent when none could be read
 */
export const jsonRpcError = (error: GatewayError, id: RpcId | undefined): JsonObject => ({
  jsonrpc: '2.0',
  // MCP's schema has no null id: a response without a readable request id omits the member.
  ...(id === undefined ? {} : { id }),
  error: {
    code: error.row.jsonRpc ?? -32603,
    message: error.circumstances.detail === undefined ? error.row.title : `${error.row.title}: ${error.circumstances.detail}`,
    ...(error.circumstances.data === undefined ? {} : { data: error.circumstances.data }),
  },
});
