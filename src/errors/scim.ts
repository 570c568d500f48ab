import type { JsonObject } from '../model/json.ts';
import type { GatewayError } from './gateway-error.ts';

/**
 * An error as SCIM answers it (RFC 7644 §3.12).
 * @param requestId the id the operator can look up
 */
export const scimError = (error: GatewayError, requestId: string): JsonObject => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
  status: String(error.row.status),
  ...(error.row.scim === undefined ? {} : { scimType: error.row.scim }),
  detail: `${error.circumstances.detail ?? error.row.title} (${requestId})`,
});
