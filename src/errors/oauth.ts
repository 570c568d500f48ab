import type { JsonObject } from '../model/json.ts';
import type { GatewayError } from './gateway-error.ts';
import { docsUrl } from './problem.ts';

/** RFC 6749 §5.2 error body, for the OAuth endpoints of an origin. */
export const oauthError = (error: GatewayError): JsonObject => ({
  error: error.row.challenge === undefined || error.row.challenge === '' ? 'invalid_request' : error.row.challenge,
  error_description: error.circumstances.detail ?? error.row.title,
  error_uri: docsUrl(error.code),
});
