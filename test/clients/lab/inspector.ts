import { PLAIN, type LabClient } from './lab-client.ts';

/** The Inspector, in the browser and at the command line. */
export const inspector: LabClient = {
  ...PLAIN,
  name: 'Inspector',
  sources: ['modelcontextprotocol/inspector'],
  identities: [
    { kind: 'registration', body: { client_name: 'MCP Inspector', redirect_uris: ['http://localhost:6274/oauth/callback'], scope: '' } },
  ],
  redirects: ['http://localhost:6274/oauth/callback'],
};
