import { serve } from '@hono/node-server';
import { createMcpExpressApp, requireBearerAuth } from '@modelcontextprotocol/express';
import { createMcpHonoApp } from '@modelcontextprotocol/hono';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer, OAuthError, OAuthErrorCode, requireBearerAuth as bearerGate } from '@modelcontextprotocol/server';
import { createLocalJWKSet, jwtVerify } from 'jose';

/**
 * A server of the official SDK (v2): `express` or `hono`, and with a JSON Web Key Set as the second argument one that asks for a bearer token, by the SDK's own
 * check and jose.
 */
const [, , framework, keys] = process.argv;

const keySet = keys === undefined ? undefined : createLocalJWKSet(JSON.parse(keys));
const verifier = {
  verifyAccessToken: async (token) => {
    const { payload } = await jwtVerify(token, keySet, { issuer: 'https://idp.example', audience: 'bench' }).catch(() => {
      throw new OAuthError(OAuthErrorCode.InvalidToken, 'the token is not valid');
    });
    return { token, clientId: payload.client_id, scopes: [], expiresAt: payload.exp };
  },
};

const handler = createMcpHandler(() => {
  const server = new McpServer({ name: 'bench', version: '1.0.0' });
  server.registerTool('echo', { description: 'Answers.', annotations: { readOnlyHint: true } }, () => ({ content: [{ type: 'text', text: 'hello' }] }));
  return server;
});

const say = (port) => console.log(JSON.stringify({ port }));

if (framework === 'express') {
  const app = createMcpExpressApp();
  if (keySet !== undefined) app.use(requireBearerAuth({ verifier }));
  const answer = toNodeHandler(handler);
  app.all('/mcp', (request, response) => void answer(request, response, request.body));
  const listener = app.listen(0, '127.0.0.1', () => say(listener.address().port));
} else {
  const app = createMcpHonoApp();
  const gate = keySet === undefined ? undefined : bearerGate({ verifier });
  app.all('/mcp', async (context) => {
    const who = await gate?.(context.req.raw);
    if (who instanceof Response) return who;
    return handler.fetch(context.req.raw, { parsedBody: context.get('parsedBody'), ...(who === undefined ? {} : { authInfo: who }) });
  });
  serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => say(port));
}
