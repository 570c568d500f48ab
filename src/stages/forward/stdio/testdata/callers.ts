import assert from 'node:assert/strict';
import type { McpCall, RpcId } from '../../../../model/call.ts';
import type { Reply } from '../../../../model/exchange.ts';
import { Hangup } from '../../../../model/hangup.ts';
import type { JsonObject } from '../../../../model/json.ts';
import type { Outbound, Upstream } from '../../../../ports/upstream.ts';
import { answerOf } from './events.ts';

export interface Sent {
  readonly principalKey: string;
  readonly call: McpCall;
  readonly message?: JsonObject;
  readonly sessionId?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly hangup?: Hangup;
}

/** One request as the stages before this room hand it on. */
export const outbound = ({ principalKey, call, message, sessionId, headers = {}, timeoutMs = 20_000, hangup = new Hangup() }: Sent): Outbound => ({
  requestId: 'req_test',
  principalKey,
  httpMethod: call.kind === 'stream' ? 'GET' : 'POST',
  headers,
  body: message === undefined ? undefined : Buffer.from(JSON.stringify(message)),
  call,
  sessionId,
  timeoutMs,
  hangup,
  signal: hangup.signal,
});

export interface More {
  readonly id?: RpcId;
  readonly hangup?: Hangup;
  readonly timeoutMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Joined to `_meta`. */
  readonly meta?: JsonObject;
}

let lastId = 0;
const nextId = (): number => {
  lastId += 1;
  return lastId;
};

/** A caller of 2026-07-28. */
export class ModernCaller {
  readonly #upstream: Upstream;
  readonly #principalKey: string;
  readonly #capabilities: JsonObject;

  constructor(upstream: Upstream, principalKey: string, capabilities: JsonObject = {}) {
    this.#upstream = upstream;
    this.#principalKey = principalKey;
    this.#capabilities = capabilities;
  }

  send(method: string, params: JsonObject = {}, { id = nextId(), meta = {}, ...more }: More = {}): Promise<Reply> {
    const envelope = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': this.#capabilities, ...meta };
    const full = { ...params, _meta: envelope };
    const call: McpCall = { kind: 'request', era: 'modern', id, method, params: full, primitives: [] };
    return this.#upstream.send(outbound({ principalKey: this.#principalKey, call, message: { jsonrpc: '2.0', id, method, params: full }, ...more }));
  }

  async ask(method: string, params: JsonObject = {}, more: More = {}): Promise<JsonObject> {
    return answerOf(await this.send(method, params, more));
  }

  tool(name: string, args: JsonObject = {}, more: More = {}): Promise<JsonObject> {
    return this.ask('tools/call', { name, arguments: args }, more);
  }
}

/** A caller of a 2025 revision, with a session. */
export class LegacyCaller {
  readonly #upstream: Upstream;
  readonly #principalKey: string;
  readonly sessionId: string;

  constructor(upstream: Upstream, principalKey: string, sessionId: string) {
    this.#upstream = upstream;
    this.#principalKey = principalKey;
    this.sessionId = sessionId;
  }

  static async open(upstream: Upstream, principalKey: string, capabilities: JsonObject = {}, protocolVersion = '2025-11-25'): Promise<LegacyCaller> {
    const params = { protocolVersion, capabilities, clientInfo: { name: 'test', version: '1' } };
    const call: McpCall = { kind: 'request', era: 'legacy', id: 0, method: 'initialize', params, primitives: [] };
    const reply = await upstream.send(outbound({ principalKey, call, message: { jsonrpc: '2.0', id: 0, method: 'initialize', params } }));
    const sessionId = reply.headers['Mcp-Session-Id'];
    assert(sessionId !== undefined, 'initialize opens a session');
    return new LegacyCaller(upstream, principalKey, sessionId);
  }

  send(method: string, params: JsonObject = {}, { id = nextId(), meta, ...more }: More = {}): Promise<Reply> {
    const full = meta === undefined ? params : { ...params, _meta: meta };
    const call: McpCall = { kind: 'request', era: 'legacy', id, method, params: full, primitives: [] };
    return this.#post(call, { jsonrpc: '2.0', id, method, params: full }, more);
  }

  async ask(method: string, params: JsonObject = {}, more: More = {}): Promise<JsonObject> {
    return answerOf(await this.send(method, params, more));
  }

  tool(name: string, args: JsonObject = {}, more: More = {}): Promise<JsonObject> {
    return this.ask('tools/call', { name, arguments: args }, more);
  }

  notify(method: string, params: JsonObject = {}): Promise<Reply> {
    return this.#post({ kind: 'notification', era: 'legacy', method, params, primitives: [] }, { jsonrpc: '2.0', method, params });
  }

  /** Answers a request of the server. */
  respond(request: JsonObject, answer: JsonObject): Promise<Reply> {
    const { id } = request;
    assert(typeof id === 'string' || typeof id === 'number', 'a request has an id');
    return this.#post({ kind: 'response', era: 'legacy', id }, { jsonrpc: '2.0', id, ...answer });
  }

  listen(lastEventId?: string, hangup = new Hangup()): Promise<Reply> {
    const headers: Record<string, string> = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    return this.#upstream.send(outbound({ principalKey: this.#principalKey, call: { kind: 'stream', era: 'legacy' }, sessionId: this.sessionId, headers, hangup }));
  }

  end(): Promise<Reply> {
    return this.#upstream.send(outbound({ principalKey: this.#principalKey, call: { kind: 'end', era: 'legacy' }, sessionId: this.sessionId }));
  }

  #post(call: McpCall, message: JsonObject, more: Omit<More, 'id' | 'meta'> = {}): Promise<Reply> {
    return this.#upstream.send(outbound({ principalKey: this.#principalKey, call, message, sessionId: this.sessionId, ...more }));
  }
}

/** What a caller who has everything declares. */
export const ALL_CAPABILITIES: JsonObject = { sampling: {}, elicitation: { form: {}, url: {} }, roots: {} };
