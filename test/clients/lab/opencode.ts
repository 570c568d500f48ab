import { PLAIN, type LabClient } from './lab-client.ts';

const METADATA = { client_uri: 'https://opencode.ai', grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], token_endpoint_auth_method: 'none' } as const;

/**
 * OpenCode: its document where documents are taken, with any port, and a registration with one port and a longer path before there was one. Releases that come
 * with the document and the longer path are led to a page, because it is not in the document (anomalyco/opencode#50510).
 */
export const opencode: LabClient = {
  ...PLAIN,
  name: 'OpenCode',
  sources: ['anomalyco/opencode#47737', 'anomalyco/opencode#50510', 'anomalyco/opencode, packages/core/src/mcp/oauth.ts at 985e68a, packages/opencode/src/mcp/oauth-provider.ts at 0a8a0ed'],
  identities: [
    {
      kind: 'document', url: 'https://opencode.ai/oauth/opencode/client.json',
      body: { ...METADATA, client_name: 'opencode', logo_uri: 'https://opencode.ai/web-app-manifest-512x512.png', application_type: 'native', redirect_uris: ['http://127.0.0.1/callback', 'http://localhost/callback'], token_endpoint_auth_methods_supported: ['none'] },
    },
    { kind: 'registration', body: { ...METADATA, client_name: 'OpenCode', redirect_uris: ['http://127.0.0.1:19876/mcp/oauth/callback'] } },
  ],
  redirects: ['http://127.0.0.1:51675/callback', 'http://127.0.0.1:19876/mcp/oauth/callback'],
};
