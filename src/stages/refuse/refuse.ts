import { challengeHeader, type ChallengeFacts } from '../../errors/challenge.ts';
import type { GatewayError } from '../../errors/gateway-error.ts';
import { jsonRpcError } from '../../errors/json-rpc.ts';
import { oauthError } from '../../errors/oauth.ts';
import { scimError } from '../../errors/scim.ts';
import { problemDocument } from '../../errors/problem.ts';
import { idOf } from '../../model/call.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Reply, ReplyHeaders } from '../../model/exchange.ts';
import type { Walked } from '../../ports/trail.ts';

export interface RefuseNeeds {
  readonly corsHeaders: (origin: string) => ReplyHeaders;
  /** Where the caller is a client of OAuth (RFC 7009 §2.2.1, Back-Channel Logout 1.0 §2.8) or a directory (RFC 7644 §3.12), and no client of MCP. */
  readonly dialect?: 'oauth' | 'scim';
}

interface Said {
  readonly type: string;
  readonly body: JsonObject;
}

const PROBLEM = 'application/problem+json';
const JSON_TYPE = 'application/json';

const saidOf = (error: GatewayError, walked: Walked, { dialect }: RefuseNeeds): Said => {
  if (dialect === 'oauth') return { type: JSON_TYPE, body: oauthError(error, walked.id) };
  if (dialect === 'scim') return { type: 'application/scim+json', body: scimError(error, walked.id) };
  if (error.row.jsonRpc === undefined) return { type: PROBLEM, body: problemDocument(error, walked.id) };
  return { type: JSON_TYPE, body: jsonRpcError(error, idOf(walked.call) ?? error.circumstances.rpcId) };
};

const corsOf = (walked: Walked, needs: RefuseNeeds): ReplyHeaders => {
  const { origin } = walked.headers;
  // Only an origin that was found allowed got as far as a route.
  return origin === undefined || walked.route === undefined ? {} : needs.corsHeaders(origin);
};

/** A refusal for want of scopes says all of them (RS-10), any other challenge with which to begin (RS-4). */
const challengeFacts = ({ circumstances }: GatewayError, { route }: Walked): ChallengeFacts => ({
  metadataUrl: route?.resourceMetadata,
  scopes: circumstances.scopes ?? route?.baseline,
});

/**
 * Turns an error into the reply the caller's dialect asks for: a JSON-RPC error object for what concerns the message, an
 * RFC 9457 problem document for everything else, with an RFC 6750 challenge where one is due; to a client of OAuth the error of RFC 6749.
 */
export const buildRefuse =
  (needs: RefuseNeeds) =>
  (error: GatewayError, walked: Walked): Reply => {
    const { type, body } = saidOf(error, walked, needs);
    const challenge = challengeHeader(error, walked.route?.server ?? 'sallyport', challengeFacts(error, walked));
    return {
      kind: 'whole',
      status: error.row.status,
      headers: {
        'Content-Type': type,
        'Cache-Control': 'no-store',
        ...(challenge === undefined ? {} : { 'WWW-Authenticate': challenge }),
        ...corsOf(walked, needs),
        ...error.circumstances.headers,
      },
      body: JSON.stringify(body),
    };
  };
