import type { JsonObject } from '../model/json.ts';
import type { GatewayError } from './gateway-error.ts';
import { docsUrl } from './problem.ts';

/** What may stand in an `error_description` (RFC 6749 §5.2): no quotes, no backslash, nothing beyond ASCII. */
const plain = (text: string): string => text.replaceAll(/["\\]/g, "'").replaceAll(/[^\x20-\x7e]/g, '?');

/** The codes of RFC 6749 §5.2 for what has none of its own: a request that cannot be read is invalid, what is ours to mend is not (RFC 7009 §2.2.1). */
const codeOf = ({ row }: GatewayError): string => row.oauth ?? (row.status < 500 ? 'invalid_request' : row.status === 503 ? 'temporarily_unavailable' : 'server_error');

/**
 * An error as OAuth's endpoints answer it (RFC 6749 §5.2, RFC 7591 §3.2.2), with what our problem documents say besides: members that a client does not know are
 * nothing to it.
 * @param requestId the id the operator can look up
 */
export const oauthError = (error: GatewayError, requestId: string): JsonObject => ({
  error: codeOf(error),
  error_description: plain(error.circumstances.detail ?? error.row.title),
  error_uri: docsUrl(error.code),
  code: error.code,
  request_id: requestId,
  hint: error.row.hint.replace('{id}', requestId),
});
