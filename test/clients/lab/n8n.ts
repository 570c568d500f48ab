import { PLAIN, type LabClient } from './lab-client.ts';

const METADATA = { token_endpoint_auth_method: 'none', grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], client_name: 'n8n', client_uri: 'https://n8n.io/', scope: 'openid offline_access' } as const;

const [own, cloud] = ['https://n8n.company.example/rest/oauth2-credential/callback', 'https://oauth.n8n.cloud/oauth2/callback'];

/** n8n, one's own or its cloud: it looks for the documents by their paths, and registers and asks for every scope that is published. */
export const n8n: LabClient = {
  ...PLAIN,
  name: 'n8n',
  sources: ['n8n-io/n8n, oauth.service.ts at 001b240', 'n8n-io/n8n#21791', 'n8n-io/n8n#21808', 'n8n-io/n8n#30924', 'n8n-io/n8n#32300'],
  identities: [{ kind: 'registration', body: { ...METADATA, redirect_uris: [own] } }, { kind: 'registration', body: { ...METADATA, redirect_uris: [cloud] } }],
  redirects: [own, cloud],
  discovery: ['/.well-known/oauth-protected-resource/mcp', '/.well-known/oauth-protected-resource', '/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'],
  scope: 'all',
};
