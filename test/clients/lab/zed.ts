import { CHALLENGE, PLAIN, type LabClient } from './lab-client.ts';

/** Zed: its document, or a registration for each sign-in with the port of that time; it prefers port 27523, and takes any other when that is taken. */
export const zed: LabClient = {
  ...PLAIN,
  name: 'Zed',
  sources: ['zed-industries/zed#51768', 'zed-industries/zed#56210', 'zed-industries/zed, crates/context_server/src/oauth.rs at 7634561'],
  identities: [
    { kind: 'document', url: 'https://zed.dev/oauth/client-metadata.json', body: { client_name: 'Zed', redirect_uris: ['http://127.0.0.1/callback'], token_endpoint_auth_method: 'none' } },
    { kind: 'registration', body: { client_name: 'Zed', redirect_uris: ['http://127.0.0.1:27523/callback'], grant_types: ['authorization_code'], response_types: ['code'], token_endpoint_auth_method: 'none' } },
  ],
  redirects: ['http://127.0.0.1:27523/callback', 'http://127.0.0.1:50123/callback'],
  discovery: [CHALLENGE, '/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'],
};
