import { createServer } from 'node:http';

/** A trivial MCP server over HTTP: it answers without looking twice, so that what is measured is the process in front of it. */

const META = { 'io.modelcontextprotocol/serverInfo': { name: 'bench', version: '1.0.0' } };
const TOOL = { name: 'echo', description: 'Answers.', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } };

const resultOf = (method: unknown): object => {
  if (method === 'server/discover') return { resultType: 'complete', supportedVersions: ['2026-07-28'], capabilities: { tools: {} }, ttlMs: 0, cacheScope: 'private', _meta: META };
  if (method === 'tools/list') return { resultType: 'complete', tools: [TOOL, { ...TOOL, name: 'write', annotations: {} }], ttlMs: 0, cacheScope: 'private', _meta: META };
  return { resultType: 'complete', content: [{ type: 'text', text: 'hello' }] };
};

const CALL = Buffer.from('"tools/call"');
/** A stream that stays open and says nothing. */
const LISTEN = Buffer.from('"subscriptions/listen"');
const ANSWER = JSON.stringify({ jsonrpc: '2.0', id: 1, result: resultOf('tools/call') });
const HEAD = { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(ANSWER)) };

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    if (body.includes(CALL)) {
      response.writeHead(200, HEAD).end(ANSWER);
      return;
    }
    if (body.includes(LISTEN)) {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
      response.write(': open\n\n');
      return;
    }
    const message: unknown = JSON.parse(body.toString() || '{}');
    const { id, method } = typeof message === 'object' && message !== null ? { id: undefined, method: undefined, ...message } : { id: undefined, method: undefined };
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id, result: resultOf(method) }));
  });
});

server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  const address = server.address();
  console.log(JSON.stringify({ port: typeof address === 'object' ? address?.port : 0 }));
});
