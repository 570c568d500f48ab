import { PLAIN, type LabClient } from './lab-client.ts';

/** Gemini CLI: one port of loopback. */
export const geminiCli: LabClient = {
  ...PLAIN,
  name: 'Gemini CLI',
  sources: ['google-gemini/gemini-cli, documents'],
  identities: [{ kind: 'registration', body: { client_name: 'Gemini CLI MCP Client', redirect_uris: ['http://localhost:7777/oauth/callback'], code_challenge_method: ['S256'] } }],
  redirects: ['http://localhost:7777/oauth/callback'],
};
