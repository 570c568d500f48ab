import { CHALLENGE, PLAIN, type LabClient } from './lab-client.ts';

const redirects = ['https://claude.ai/api/mcp/auth_callback', 'https://claude.com/api/mcp/auth_callback'];

/** claude.ai, its mobile and desktop connectors: they all call from Anthropic's cloud. */
export const claude: LabClient = {
  ...PLAIN,
  name: 'Claude (web, mobile, connectors)',
  sources: ['anthropics/claude-ai-mcp#219', 'anthropics/claude-ai-mcp#228', 'anthropics/claude-ai-mcp#247', 'anthropics/claude-ai-mcp#702', 'anthropics/claude-ai-mcp#846', 'sigbit/mcp-auth-proxy#123'],
  identities: [{ kind: 'registration', body: { client_name: 'Claude', redirect_uris: redirects, grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], token_endpoint_auth_method: 'none', scope: 'mcp' } }],
  redirects,
  discovery: [CHALLENGE, '/.well-known/oauth-authorization-server'],
  endpoints: 'guessed',
  resource: 'with a slash',
  refresh: 'never',
  configuredKey: 'none',
};
