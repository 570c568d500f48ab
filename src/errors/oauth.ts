import type { JsonObject } from '../model/json.ts';
import type { GatewayError } from './gateway-error.ts';
import { docsUrl } from './problem.ts';

/**
 * The body of a refusal at an OAuth endpoint (RFC 6749 §5.2, RFC 7591 §3.2.2).
 * @param requestId the id the operator can look up
 */
export const oauthError = (error: GatewayError, requestId: string): JsonObject => ({
  error: error.row.oauth ?? (error.row.blame === 'caller' ? 'invalid_request' : 'server_error'),
  error_description: error.circumstances.detail ?? error.row.title,
  error_uri: docsUrl(error.code),
  request_id: requestId,
});
