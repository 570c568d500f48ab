import { createServer } from 'node:http';

/** A trivial MCP server over HTTP: it answers without looking twice, so that what is measured is the process in front of it. */

const META = { 'io.modelcontextprotocol/serverInfo': { name: 'bench', version: '1.0.0' } };
const TOOL = { name: 'echo', description: 'Answers.', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } };

/** Some whose names tell them apart, for lists that are narrowed. */
const MORE = Array.from({ length: Number(process.env['BENCH_TOOLS'] ?? 0) }, (_, at) => ({ ...TOOL, name: `${at % 2 === 0 ? 'even' : 'odd'}_tool_${String(at)}`, description: 'Looks something up and answers with what it has found, or says that there is nothing.' }));

const resultOf = (method: unknown): object => {
  if (method === 'server/discover') return { resultType: 'complete', supportedVersions: ['2026-07-28'], capabilities: { tools: {} }, ttlMs: 0, cacheScope: 'private', _meta: META };
  if (method === 'tools/list') return { resultType: 'complete', tools: MORE.length > 0 ? MORE : [TOOL, { ...TOOL, name: 'write', annotations: {} }], ttlMs: 0, cacheScope: 'private', _meta: META };
  return { resultType: 'complete', content: [{ type: 'text', text: 'hello' }] };
};

const CALL = Buffer.from('"tools/call"');
/** A stream that stays open and says nothing. */
const LISTEN = Buffer.from('"subscriptions/listen"');
const ANSWER = JSON.stringify({ jsonrpc: '2.0', id: 1, result: resultOf('tools/call') });
/** A call whose answer comes as an event stream. */
const STREAM = Buffer.from('"name":"stream"');
const EVENT = `event: message\ndata: ${ANSWER}\n\n`;
const STREAM_HEAD = { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' };
const HEAD = { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(ANSWER)) };

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    if (body.includes(CALL)) {
      if (body.includes(STREAM)) response.writeHead(200, STREAM_HEAD).end(EVENT);
      else response.writeHead(200, HEAD).end(ANSWER);
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
