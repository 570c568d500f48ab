import { PLAIN, type LabClient } from './lab-client.ts';

/** mcp-remote: a port between 3335 and 49150, and two processes that refresh with one token at once. */
export const mcpRemote: LabClient = {
  ...PLAIN,
  name: 'mcp-remote',
  sources: ['punkpeye/mcp-remote#306', 'punkpeye/mcp-remote#325', 'punkpeye/mcp-remote#351'],
  identities: [{ kind: 'registration', body: { client_name: 'MCP CLI Proxy', client_uri: 'https://github.com/modelcontextprotocol/mcp-cli', redirect_uris: ['http://localhost:3335/oauth/callback'], token_endpoint_auth_method: 'none', grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], software_id: '2e6dc280-f3c3-4e01-99a7-8181dbd1d23d', software_version: '1.0.0' } }],
  redirects: ['http://localhost:3335/oauth/callback', 'http://localhost:49150/oauth/callback'],
  refresh: 'two at once',
};
