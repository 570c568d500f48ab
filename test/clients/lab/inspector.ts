import { PLAIN, type LabClient } from './lab-client.ts';

const METADATA = {
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  client_name: 'MCP Inspector',
  client_uri: 'https://github.com/modelcontextprotocol/inspector',
  scope: '',
  application_type: 'native',
} as const;
const [page, commandLine] = ['http://localhost:6274/oauth/callback', 'http://127.0.0.1:6276/oauth/callback'];

/** The Inspector, in the browser and at the command line, as version 2.12.0 was seen to register (`inspector-sign-in.test.ts` runs it). */
export const inspector: LabClient = {
  ...PLAIN,
  name: 'Inspector',
  stated: '2026-11-22',
  sources: ['modelcontextprotocol/inspector', 'modelcontextprotocol/inspector#2144', 'modelcontextprotocol/inspector#2186'],
  identities: [
    { kind: 'registration', body: { ...METADATA, redirect_uris: [page] } },
    { kind: 'registration', body: { ...METADATA, redirect_uris: [commandLine] } },
  ],
  redirects: [page, commandLine],
};
