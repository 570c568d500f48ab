import { once } from 'node:events';
import { createServer } from 'node:http';

/** An MCP server over HTTP that remembers which numbers reached it, so that nothing can have arrived unrecorded. */
export interface CountingUpstream extends AsyncDisposable {
  readonly url: string;
  /** The argument `n` of every `tools/call` of the write tool that arrived. */
  readonly writes: ReadonlySet<number>;
}

const TOOLS = [
  { name: 'read', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } },
  { name: 'write', inputSchema: { type: 'object' } },
];

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly name?: string; readonly arguments?: { readonly n?: number } };
}

const resultOf = (method: string | undefined): object => {
  if (method === 'server/discover') return { resultType: 'complete', supportedVersions: ['2026-07-28'], capabilities: { tools: {} }, ttlMs: 0, cacheScope: 'private' };
  if (method === 'tools/list') return { resultType: 'complete', tools: TOOLS, ttlMs: 0, cacheScope: 'private' };
  return { resultType: 'complete', content: [] };
};

export const startCountingUpstream = async (): Promise<CountingUpstream> => {
  const writes = new Set<number>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString() || '{}') as Message; // our own gateway's messages
      if (method === 'tools/call' && params?.name === 'write' && params.arguments?.n !== undefined) writes.add(params.arguments.n);
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id, result: resultOf(method) }));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${String(typeof address === 'object' ? address?.port : 0)}/mcp`,
    writes,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
