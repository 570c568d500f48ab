import type { JsonObject } from '../model/json.ts';
import type { GatewayError } from './gateway-error.ts';

/** Where a code is explained; the anchor is the code itself. */
export const docsUrl = (code: string): string => `https://sallyport.dev/errors#${code}`;

/**
 * RFC 9457 problem document, with the founding documents' `error` member (R16) and what a program needs to go on.
 * @param requestId the id the operator can look up
 */
export const problemDocument = (error: GatewayError, requestId: string): JsonObject => ({
  type: docsUrl(error.code),
  title: error.row.title,
  status: error.row.status,
  ...(error.circumstances.detail === undefined ? {} : { detail: error.circumstances.detail }),
  instance: `urn:sallyport:request:${requestId}`,
  error: error.row.title,
  code: error.code,
  request_id: requestId,
  hint: error.row.hint.replace('{id}', requestId),
  ...error.circumstances.extra,
});
