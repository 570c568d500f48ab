import type { JsonObject, JsonValue } from '../../src/model/json.ts';
import type { HeaderLines, RequestParts } from './raw-http.ts';

export type Asked = {
  /** In `X-API-Key`; null sends none. */
  readonly key: string | null;
  readonly server?: string;
  readonly id?: JsonValue;
  /** Header lines put after the usual ones. */
  readonly headers?: HeaderLines;
  /** Usual header lines to leave out, in lower case. */
  readonly without?: readonly string[];
  readonly target?: string;
  /** The body in place of the usual one. */
  readonly body?: string | Buffer;
};

export const META: JsonObject = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} };

const withoutSome = (lines: HeaderLines, without: readonly string[] = []): HeaderLines => lines.filter(([name]) => !without.includes(name.toLowerCase()));

function post(own: HeaderLines, message: JsonObject, asked: Asked): RequestParts {
  const { key, server = 'alpha', headers = [], without, target = `/${server}/mcp`, body = JSON.stringify(message) } = asked;
  const usual: HeaderLines = [
    ['Host', '127.0.0.1'],
    ...(key === null ? [] : [['X-API-Key', key] as const]),
    ['Content-Type', 'application/json'],
    ['Accept', 'application/json, text/event-stream'],
    ['Connection', 'close'],
    ...own,
  ];
  return { target, headers: [...withoutSome(usual, without), ...headers], body };
}

const named = (params: JsonObject): HeaderLines => {
  const name = params['name'] ?? params['uri'] ?? params['taskId'];
  return typeof name === 'string' ? [['Mcp-Name', name]] : [];
};

/** A request of the revision 2026-07-28, as its clients send it. */
export function modern(method: string, params: JsonObject, asked: Asked): RequestParts {
  const own: HeaderLines = [['MCP-Protocol-Version', '2026-07-28'], ['Mcp-Method', method], ...named(params)];
  return post(own, { jsonrpc: '2.0', id: asked.id ?? 1, method, params: { ...params, _meta: META } }, asked);
}

/** A request of the revisions before. */
export function legacy(method: string, params: JsonObject, asked: Asked): RequestParts {
  return post([['MCP-Protocol-Version', '2025-11-25']], { jsonrpc: '2.0', id: asked.id ?? 1, method, params }, asked);
}

/** A call of a tool in the newest revision. */
export const calling = (tool: string, asked: Asked, values: JsonObject = {}): RequestParts => modern('tools/call', { name: tool, arguments: values }, asked);

/** A request without a body. */
export function bodiless(method: string, asked: Asked): RequestParts {
  const { body: _body, ...parts } = post([], {}, { ...asked, without: ['content-type', ...(asked.without ?? [])] });
  return { ...parts, method };
}
