import express from 'express';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';

/** A server of the official SDK (v1) in Express, stateless; with `--auth KEY` it asks for that bearer token by the SDK's own middleware. */
const key = process.argv[2] === '--auth' ? process.argv[3] : undefined;
const verifier = { verifyAccessToken: (token) => (token === key ? Promise.resolve({ token, clientId: 'bench', scopes: [], expiresAt: Math.floor(Date.now() / 1000) + 3600 }) : Promise.reject(new Error('unknown'))) };
const app = express();
app.use(express.json());
if (key !== undefined) app.use(requireBearerAuth({ verifier }));
app.post('/mcp', async (request, response) => {
  const server = new McpServer({ name: 'bench', version: '1.0.0' });
  server.registerTool('echo', { description: 'Answers.', annotations: { readOnlyHint: true } }, () => ({ content: [{ type: 'text', text: 'hello' }] }));
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined, enableJsonResponse: true });
  response.on('close', () => void transport.close());
  await server.connect(transport);
  await transport.handleRequest(request, response, request.body);
});
const listener = app.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: listener.address().port })));
