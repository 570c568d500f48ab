import { GatewayError } from '../../errors/gateway-error.ts';
import type { McpCall } from '../../model/call.ts';
import { widen, type Answered, type Prepared, type Reply } from '../../model/exchange.ts';
import type { Hangup } from '../../model/hangup.ts';
import type { HandleOwner, Handles } from '../../ports/handles.ts';
import type { Outbound, Upstream } from '../../ports/upstream.ts';
import { statusReply } from './status-reply.ts';

export interface ForwardNeeds {
  readonly upstreams: ReadonlyMap<string, Upstream>;
  readonly handles: Handles;
}

const SESSION_HEADER = 'Mcp-Session-Id';

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** The handles a call hands back must have been given to this very credential (RS-14, RS-21, M01). */
const checkHandles = (prepared: Prepared, handles: Handles, owner: HandleOwner): void => {
  const { sessionId, call } = prepared;
  if (sessionId !== undefined && !handles.isOwnedBy('session', sessionId, owner)) {
    throw new GatewayError('session.unknown', { reason: 'the session does not exist or belongs to another credential', ...rpcId(call) });
  }
  if (call.kind !== 'request') return;
  const state = text(call.params['requestState']);
  if (state !== undefined && !handles.isOwnedBy('state', state, owner)) {
    throw new GatewayError('state.unknown', { reason: 'the requestState was not given to this credential', ...rpcId(call) });
  }
  const task = call.method.startsWith('tasks/') ? text(call.params['taskId']) : undefined;
  if (task !== undefined && !handles.isOwnedBy('task', task, owner)) {
    throw new GatewayError('task.unknown', { reason: 'the task was not given to this credential', ...rpcId(call) });
  }
};

const rpcId = (call: McpCall): { rpcId?: string | number } => (call.kind === 'request' ? { rpcId: call.id } : {});

const httpMethodOf = (call: McpCall): 'POST' | 'GET' | 'DELETE' => {
  if (call.kind === 'stream') return 'GET';
  return call.kind === 'end' ? 'DELETE' : 'POST';
};

/** A class for its one getter: an accessor in an object literal would make every call a shape of its own to V8. */
class OutboundCall implements Outbound {
  readonly requestId: string;
  readonly principalKey: string;
  readonly httpMethod: Outbound['httpMethod'];
  readonly headers: Outbound['headers'];
  readonly body: Buffer | undefined;
  readonly call: McpCall;
  readonly sessionId: string | undefined;
  readonly timeoutMs: number;
  readonly hangup: Hangup;

  constructor(prepared: Prepared, httpMethod: Outbound['httpMethod']) {
    this.requestId = prepared.id;
    this.principalKey = prepared.principal.credentialId;
    this.httpMethod = httpMethod;
    this.headers = prepared.upstreamHeaders;
    this.body = prepared.body;
    this.call = prepared.call;
    this.sessionId = prepared.sessionId;
    this.timeoutMs = prepared.route.timeoutMs;
    this.hangup = prepared.hangup;
  }

  get signal(): AbortSignal {
    return this.hangup.signal;
  }
}

/** Binds a session the server has just opened, and forgets one it has ended. */
const followSession = (prepared: Prepared, answer: Reply, needs: { handles: Handles; owner: HandleOwner }): void => {
  const opened = answer.headers[SESSION_HEADER];
  if (opened !== undefined && prepared.sessionId === undefined) needs.handles.bind('session', opened, needs.owner);
  if (prepared.call.kind === 'end' && prepared.sessionId !== undefined && answer.status < 400) needs.handles.forget('session', prepared.sessionId, needs.owner);
};

/**
 * Sends the call to its server; the gateway's own status is answered here.
 * @throws GatewayError `session.unknown`, `state.unknown`, `task.unknown`, `upstream.*`
 */
export const buildForward =
  ({ upstreams, handles }: ForwardNeeds) =>
  async (prepared: Prepared): Promise<Answered> => {
    const { route, principal, call } = prepared;
    const upstream = upstreams.get(route.server);
    if (upstream === undefined) throw new GatewayError('upstream.unreachable', { reason: `no upstream is built for ${route.server}` });
    if (call.kind === 'status') return widen(prepared, { answer: statusReply(prepared, upstream) });
    const owner = { server: route.server, credentialId: principal.credentialId };
    checkHandles(prepared, handles, owner);
    const answer = await upstream.send(new OutboundCall(prepared, httpMethodOf(call)));
    followSession(prepared, answer, { handles, owner });
    return widen(prepared, { answer });
  };
