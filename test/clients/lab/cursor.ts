import { PLAIN, type LabClient } from './lab-client.ts';

const redirects = ['http://localhost:8787/callback', 'cursor://anysphere.cursor-mcp/oauth/callback', 'https://www.cursor.com/agents/mcp/oauth/callback'];

/** Cursor registers three kinds of redirect URI at once; where one is refused, it has none. It asks for every scope that is published. */
export const cursor: LabClient = {
  ...PLAIN,
  name: 'Cursor',
  sources: ['soflyy/agent-connector-for-wp#111', 'anthropics/claude-code#44774'],
  identities: [{ kind: 'registration', body: { client_name: 'Cursor', redirect_uris: redirects } }],
  redirects,
  scope: 'all',
  configuredKey: 'dropped',
};
