import { GatewayError } from '../../errors/gateway-error.ts';
import type { Primitive } from '../../model/call.ts';
import type { Answered, Reply, ReplyHeaders } from '../../model/exchange.ts';
import type { ToolCatalog } from '../../ports/catalog.ts';
import type { Handles } from '../../ports/handles.ts';
import type { OpenStreams } from '../../ports/streams.ts';
import type { ToolPins } from '../../ports/tool-pins.ts';
import type { Log } from '../../ports/world.ts';
import type { HoldsOwn } from './own-credentials.ts';
import { followResult } from './follow-result.ts';
import { revealStream } from './reveal-stream.ts';
import { revealWhole } from './reveal-whole.ts';

export interface RevealNeeds {
  /** The same question authorize asks: what is listed is what can be called. */
  readonly mayUse: (asking: Pick<Answered, 'principal' | 'route' | 'address'>, primitive: Primitive) => boolean;
  readonly quotaHeaders: (quota: NonNullable<Answered['quota']>) => ReplyHeaders;
  readonly corsHeaders: (origin: string) => ReplyHeaders;
  readonly handles: Handles;
  readonly catalog: ToolCatalog;
  readonly pins: Pick<ToolPins, 'look'>;
  readonly streams: OpenStreams;
  readonly log: Log;
  readonly maxEventBytes: number;
  /** By the name of the server; absent for one that was told no secret. */
  readonly holdsOwn: ReadonlyMap<string, HoldsOwn>;
}

/** The reply's headers: what the upstream may say, and on top what is ours to say. */
const headersOf = (reply: Reply, answered: Answered, needs: RevealNeeds): ReplyHeaders => {
  const { origin } = answered.headers;
  const headers: Record<string, string> = { ...reply.headers };
  if (answered.quota !== undefined) Object.assign(headers, needs.quotaHeaders(answered.quota));
  if (origin !== undefined) Object.assign(headers, needs.corsHeaders(origin));
  // A key in the URL must leave no copy in a cache (D7).
  if (answered.via === 'query') headers['Cache-Control'] = 'no-store';
  return headers;
};

/**
 * Shows the caller what the caller may see: narrows lists, drops what does not belong in the stream, notes the handles the
 * server hands out, and keeps streams tied to their credential.
 * @throws GatewayError `upstream.credential-repeated`, `upstream.answer-refused` for a list that cannot be read, `limit.streams`
 */
export const buildReveal =
  (needs: RevealNeeds) =>
  (answered: Answered): Reply => {
    const { answer, principal } = answered;
    const mayUse = (primitive: Primitive): boolean => needs.mayUse(answered, primitive);
    const follow = followResult(answered, needs);
    const holdsOwn = needs.holdsOwn.get(answered.route.server);
    const reply = answer.kind === 'whole' ? revealWhole(answered, answer, { mayUse, follow, holdsOwn }) : revealStream(answered, answer, { ...needs, mayUse, follow, holdsOwn });
    if (reply === undefined) throw new GatewayError('limit.streams', { reason: `credential ${principal.credentialId} has too many open streams`, headers: { 'Retry-After': '5' } });
    return { ...reply, headers: headersOf(reply, answered, needs) };
  };
