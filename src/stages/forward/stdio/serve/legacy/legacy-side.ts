import { GatewayError } from '../../../../../errors/gateway-error.ts';
import type { Reply } from '../../../../../model/exchange.ts';
import type { JsonObject } from '../../../../../model/json.ts';
import type { Outbound } from '../../../../../ports/upstream.ts';
import { LEGACY_VERSIONS } from '../../child/server-facts.ts';
import { RpcCode } from '../../rpc/codes.ts';
import { faithfulParams, parseFaithfully } from '../../rpc/faithful-json.ts';
import { isLogLevel } from '../../rpc/log-level.ts';
import { answerMessage, readMessage, type RpcOutcome } from '../../rpc/message.ts';
import { RpcFault } from '../../rpc/rpc-fault.ts';
import { initializeResult } from '../../translate/server-card.ts';
import { SHARED_METHODS } from '../../translate/to-modern.ts';
import type { BridgeParts } from '../bridge-parts.ts';
import type { RequestCall } from '../modern/modern-request.ts';
import { accepted, jsonReply, streamReply } from '../replies.ts';
import { SessionCall } from './session-call.ts';
import type { Session } from './session.ts';
import { Sessions } from './sessions.ts';

const done: RpcOutcome = { kind: 'result', result: {} };
const fault = (code: number, message: string): RpcFault => new RpcFault({ code, message });

/** Serves callers of the 2025 revisions: sessions, streams that can be taken up again, requests in both directions. */
export class LegacySide {
  readonly #parts: BridgeParts;
  readonly #sessions: Sessions;

  constructor(parts: BridgeParts) {
    this.#parts = parts;
    this.#sessions = new Sessions(parts);
  }

  async send(outbound: Outbound): Promise<Reply> {
    const { call } = outbound;
    if (call.kind === 'request' && call.method === 'initialize' && outbound.sessionId === undefined) return this.#initialize(outbound, call);
    const session = this.#session(outbound);
    switch (call.kind) {
      case 'request':
        return this.#request(session, outbound, { ...call, params: faithfulParams(call.params, outbound.body) });
      case 'notification':
        this.#notified(session, call.method, call.params);
        return accepted();
      case 'response':
        this.#answered(session, outbound.body);
        return accepted();
      case 'stream':
        return streamReply(session.streams.read(outbound.headers['last-event-id'], outbound.hangup));
      case 'end':
        this.#sessions.end(session);
        return { kind: 'whole', status: 200, headers: {}, body: '' };
      default:
        throw new GatewayError('http.not-found', { reason: `a stdio server has no ${call.kind}` });
    }
  }

  close(): void {
    this.#sessions.close();
  }

  #session({ sessionId, principalKey, headers }: Outbound): Session {
    const version = headers['mcp-protocol-version'];
    if (version !== undefined && !LEGACY_VERSIONS.some((known) => known === version)) {
      throw new GatewayError('rpc.version', { reason: `the session cannot speak ${version}`, data: { supported: [...LEGACY_VERSIONS], requested: version } });
    }
    if (sessionId === undefined) throw new GatewayError('rpc.invalid', { reason: 'no session id', detail: 'send the Mcp-Session-Id that initialize was answered with' });
    return this.#sessions.get(sessionId, principalKey);
  }

  async #initialize(outbound: Outbound, { id, params }: RequestCall): Promise<Reply> {
    const { facts } = await this.#parts.supervisor.child(outbound);
    const result = initializeResult(facts, params['protocolVersion']);
    const session = this.#sessions.open(outbound.principalKey, String(result['protocolVersion']), params);
    return jsonReply(answerMessage(id, { kind: 'result', result }), 200, { 'Mcp-Session-Id': session.id });
  }

  async #request(session: Session, outbound: Outbound, call: RequestCall): Promise<Reply> {
    try {
      const outcome = await this.#own(session, call, outbound);
      if (outcome !== undefined) return jsonReply(answerMessage(call.id, outcome));
    } catch (error) {
      if (error instanceof RpcFault) return jsonReply(answerMessage(call.id, error.outcome));
      throw error;
    }
    const child = await this.#parts.supervisor.child(outbound);
    // Between the eras only what both have is carried; a legacy child judges a legacy caller's methods itself.
    if (child.facts.era === 'modern' && !SHARED_METHODS.has(call.method)) return jsonReply(answerMessage(call.id, fault(RpcCode.methodNotFound, 'Method not found').outcome));
    const run = new SessionCall({ parts: this.#parts, session, outbound, call }, child);
    void run.run();
    return run.answering.reply;
  }

  /** What is answered here, because a shared child must not be told by one session what holds for all; undefined for the rest. */
  async #own(session: Session, { id, method, params }: RequestCall, patience: Outbound): Promise<RpcOutcome | undefined> {
    if (session.calls.has(id)) throw fault(RpcCode.invalidRequest, 'This id is in use');
    if (method === 'ping') return done;
    if (method === 'initialize') throw fault(RpcCode.invalidRequest, 'The session is initialized already');
    if (method.startsWith('tasks/')) throw fault(RpcCode.methodNotFound, 'Method not found');
    if (method === 'logging/setLevel') return this.#setLogLevel(session, params);
    if (method !== 'resources/subscribe' && method !== 'resources/unsubscribe') return undefined;
    const { uri } = params;
    if (typeof uri !== 'string') throw fault(RpcCode.invalidParams, 'Invalid params: uri');
    await this.#parts.supervisor.child(patience);
    if (method === 'resources/subscribe') await session.membership.watch(uri);
    else session.membership.unwatch(uri);
    return done;
  }

  #setLogLevel(session: Session, { level }: JsonObject): RpcOutcome {
    if (!isLogLevel(level)) throw fault(RpcCode.invalidParams, 'Invalid params: level');
    session.setLogLevel(level);
    return done;
  }

  #notified(session: Session, method: string, { requestId, reason }: JsonObject): void {
    // All others go nowhere: `initialized` is ours to know, and roots of one caller are no matter of a shared child.
    if (method !== 'notifications/cancelled' || (typeof requestId !== 'string' && typeof requestId !== 'number')) return;
    session.calls.get(requestId)?.cancel(typeof reason === 'string' ? reason : 'cancelled by the client');
  }

  #answered(session: Session, body: Buffer | undefined): void {
    const message = readMessage(parseFaithfully(body?.toString('utf8') ?? 'null'));
    if (message.kind !== 'answer') throw new GatewayError('rpc.invalid', { reason: 'a response that is none' });
    session.answer(message.id, message.outcome);
  }
}
