import { CHALLENGE, PLAIN, type LabClient } from './lab-client.ts';

const redirects = ['https://chatgpt.com/connector/oauth/abc123'];

/** ChatGPT apps: OAuth or nothing, a callback for each connector, and offline_access must stand in the metadata. */
export const chatgpt: LabClient = {
  ...PLAIN,
  name: 'ChatGPT',
  sources: ['BasedHardware/omi#8824', 'zuplo.com, matrix of clients, 2026-07-31'],
  identities: [
    { kind: 'document', url: 'https://chatgpt.com/oauth/abc123/client.json', body: { client_name: 'ChatGPT', redirect_uris: redirects, token_endpoint_auth_method: 'none' } },
    { kind: 'registration', body: { client_name: 'ChatGPT', redirect_uris: redirects, token_endpoint_auth_method: 'client_secret_post', grant_types: ['authorization_code', 'refresh_token'] } },
    { kind: 'registration', body: { client_name: 'ChatGPT', redirect_uris: [...redirects, 'https://chatgpt.com/connector_platform_oauth_redirect'] } },
  ],
  redirects,
  discovery: [CHALLENGE, '/.well-known/oauth-authorization-server'],
  scope: 'offline_access',
  configuredKey: 'none',
};
