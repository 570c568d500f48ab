import { challengeHeader, type ChallengeFacts } from '../../errors/challenge.ts';
import type { GatewayError } from '../../errors/gateway-error.ts';
import { jsonRpcError } from '../../errors/json-rpc.ts';
import { problemDocument } from '../../errors/problem.ts';
import { idOf } from '../../model/call.ts';
import type { Reply, ReplyHeaders } from '../../model/exchange.ts';
import type { Walked } from '../../ports/trail.ts';

export interface RefuseNeeds {
  readonly corsHeaders: (origin: string) => ReplyHeaders;
}

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
 * RFC 9457 problem document for everything else, with an RFC 6750 challenge where one is due.
 */
export const buildRefuse =
  (needs: RefuseNeeds) =>
  (error: GatewayError, walked: Walked): Reply => {
    const speaksRpc = error.row.jsonRpc !== undefined;
    const body = speaksRpc ? jsonRpcError(error, idOf(walked.call) ?? error.circumstances.rpcId) : problemDocument(error, walked.id);
    const challenge = challengeHeader(error, walked.route?.server ?? 'sallyport', challengeFacts(error, walked));
    return {
      kind: 'whole',
      status: error.row.status,
      headers: {
        'Content-Type': speaksRpc ? 'application/json' : 'application/problem+json',
        'Cache-Control': 'no-store',
        ...(challenge === undefined ? {} : { 'WWW-Authenticate': challenge }),
        ...corsOf(walked, needs),
        ...error.circumstances.headers,
      },
      body: JSON.stringify(body),
    };
  };
