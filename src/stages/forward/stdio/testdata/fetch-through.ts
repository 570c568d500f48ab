import type { McpCall } from '../../../../model/call.ts';
import { GatewayError } from '../../../../errors/gateway-error.ts';
import { jsonRpcError } from '../../../../errors/json-rpc.ts';
import { Hangup } from '../../../../model/hangup.ts';
import { isJsonObject, type JsonObject } from '../../../../model/json.ts';
import type { Upstream } from '../../../../ports/upstream.ts';

const MODERN = '2026-07-28';

const parsed = (body: string): JsonObject => {
  const value: unknown = JSON.parse(body);
  return isJsonObject(value) ? value : {};
};

/** What the understanding stage would make of a request; enough for well-behaved clients. */
const callOf = (method: string, headers: Headers, message: JsonObject): McpCall => {
  if (method === 'GET') return { kind: 'stream', era: 'legacy' };
  if (method === 'DELETE') return { kind: 'end', era: 'legacy' };
  const { id } = message;
  const rpcId = typeof id === 'string' || typeof id === 'number' ? id : undefined;
  if (typeof message['method'] !== 'string') return { kind: 'response', era: 'legacy', id: rpcId ?? '' };
  const era = headers.get('mcp-protocol-version') === MODERN ? 'modern' : 'legacy';
  const rest = { era, method: message['method'], params: isJsonObject(message['params']) ? message['params'] : {}, primitives: [] } as const;
  return rpcId === undefined ? { kind: 'notification', ...rest } : { kind: 'request', id: rpcId, ...rest };
};

const bodyOf = (stream: AsyncIterable<Uint8Array>): ReadableStream => {
  const source = stream[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const step = await source.next();
      if (step.done === true) controller.close();
      else controller.enqueue(step.value);
    },
    async cancel() {
      await source.return?.();
    },
  });
};

/** A `fetch` for SDK clients that goes straight to the upstream, as one credential. */
export const fetchThrough =
  (upstream: Upstream, principalKey: string): typeof fetch =>
  async (input, init) => {
    const request = new Request(input, init);
    const text = await request.text();
    const message = text === '' ? {} : parsed(text);
    const hangup = new Hangup();
    request.signal.addEventListener('abort', () => hangup.abort());
    const call = callOf(request.method, request.headers, message);
    const sessionId = call.kind !== 'status' && call.era === 'legacy' ? (request.headers.get('mcp-session-id') ?? undefined) : undefined;
    const method = request.method === 'GET' || request.method === 'DELETE' ? request.method : 'POST';
    try {
      const reply = await upstream.send({
        requestId: 'r', principalKey, httpMethod: method, headers: Object.fromEntries(request.headers), body: text === '' ? undefined : Buffer.from(text),
        call, sessionId, timeoutMs: 20_000, hangup, signal: hangup.signal,
      });
      const body = reply.kind === 'whole' ? reply.body.toString() || null : bodyOf(reply.stream);
      return new Response(body, { status: reply.status, headers: { ...reply.headers } });
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      return Response.json(jsonRpcError(error, call.kind === 'request' ? call.id : undefined), { status: error.row.status });
    }
  };
