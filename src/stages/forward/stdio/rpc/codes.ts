/** JSON-RPC error codes this bridge writes or translates; which era knows which is in mcp-spec.md §1.6 and TR-12. */
export const RpcCode = {
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  /** 2025 only: a missing resource; 2026 says invalid params. */
  legacyResourceNotFound: -32002,
  /** 2025-11-25 only: the call can go on once the user has visited an address. */
  legacyUrlElicitationRequired: -32042,
  headerMismatch: -32020,
  missingCapability: -32021,
  unsupportedVersion: -32022,
} as const;
