import { createServer } from 'node:net';
import { FastMCP } from 'fastmcp';

/** A server of fastmcp, stateless, that asks for the bearer token which is its one argument. */
const expected = `Bearer ${process.argv[2]}`;
const free = createServer().listen(0, '127.0.0.1');
await new Promise((resolve) => free.once('listening', resolve));
const { port } = free.address();
await new Promise((resolve) => free.close(resolve));

const server = new FastMCP({
  name: 'bench', version: '1.0.0',
  authenticate: async (request) => {
    if (request.headers.authorization !== expected) throw new Response(null, { status: 401 });
    return { id: 'bench' };
  },
});
server.addTool({ name: 'echo', description: 'Answers.', annotations: { readOnlyHint: true }, execute: async () => 'hello' });
const log = console.log;
for (const name of ['log', 'info', 'warn', 'error', 'debug']) console[name] = () => undefined; // fastmcp greets, and whoever starts this reads one line
await server.start({ transportType: 'httpStream', httpStream: { port, host: '127.0.0.1', endpoint: '/mcp', stateless: true, enableJsonResponse: true } });
log(JSON.stringify({ port }));
