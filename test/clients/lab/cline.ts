import { PLAIN, type LabClient } from './lab-client.ts';

const METADATA = { token_endpoint_auth_method: 'none', grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], client_name: 'Cline', client_uri: 'https://cline.bot', software_id: 'cline' } as const;

// The last part is a hash of the server's name and URL, sixteen hexadecimal digits.
const [editor, program] = ['vscode://saoudrizwan.claude-dev/mcp-auth/callback/1f2e3d4c5b6a7980', 'http://127.0.0.1:41235/mcp-auth/callback/1f2e3d4c5b6a7980'];

/** Cline: the scheme of the editor in VS Code, loopback in JetBrains and at the command line; when the port changes it registers anew. */
export const cline: LabClient = {
  ...PLAIN,
  name: 'Cline',
  sources: ['cline/cline, McpOAuthManager.ts at 068316f, McpOAuthRedirectResolver.ts at 6be73d0'],
  identities: [{ kind: 'registration', body: { ...METADATA, redirect_uris: [editor] } }, { kind: 'registration', body: { ...METADATA, redirect_uris: [program] } }],
  redirects: [editor, program],
};
