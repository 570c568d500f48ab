import { request } from 'undici';

/** What the callers were told before the gateway was killed. */
export interface Acknowledged {
  /** Request ids whose reply came back whole. */
  readonly requests: Set<string>;
}

const META = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} };

const headersFor = (key: string, tool: string): Record<string, string> => ({
  'x-api-key': key,
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': 'tools/call',
  'mcp-name': tool,
});

const call = async (origin: string, key: string, n: number): Promise<string | undefined> => {
  const tool = n % 3 === 0 ? 'read' : 'write';
  const body = JSON.stringify({ jsonrpc: '2.0', id: n, method: 'tools/call', params: { name: tool, arguments: { n }, _meta: META } });
  const answer = await request(`${origin}/mcp`, { method: 'POST', headers: headersFor(key, tool), body });
  await answer.body.text();
  const id = answer.headers['x-request-id'];
  return answer.statusCode === 200 && typeof id === 'string' ? id : undefined;
};

/** Calls without pause from several callers until the gateway is gone; each ends by the first failure. */
export const callUntilGone = async (origin: string, key: string, state: { readonly acknowledged: Acknowledged; readonly next: () => number }): Promise<void> => {
  const caller = async (): Promise<void> => {
    for (;;) {
      const id = await call(origin, key, state.next()).catch(() => 'gone' as const);
      if (id === 'gone') return;
      if (id !== undefined) state.acknowledged.requests.add(id);
    }
  };
  await Promise.all(Array.from({ length: 8 }, caller));
};

/** Whether a key opens the gateway. */
export const opens = async (origin: string, key: string): Promise<boolean> => {
  const answer = await request(`${origin}/mcp/status`, { headers: { 'x-api-key': key } });
  await answer.body.dump();
  return answer.statusCode === 200;
};
