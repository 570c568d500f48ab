import { PLAIN, type LabClient } from './lab-client.ts';

/** Claude Code: any port of loopback; its document names none. Its own resource is compared strictly (anthropics/claude-code#69917). */
export const claudeCode: LabClient = {
  ...PLAIN,
  name: 'Claude Code',
  sources: ['anthropics/claude-code#42301', 'anthropics/claude-code#41011', 'anthropics/claude-code#56357', 'anthropics/claude-code#7744', 'anthropics/claude-code#69917', 'anthropics/claude-code#80785'],
  identities: [
    { kind: 'document', url: 'https://claude.ai/oauth/claude-code-client-metadata', body: { client_name: 'Claude Code', redirect_uris: ['http://localhost/callback', 'http://127.0.0.1/callback'], grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], token_endpoint_auth_method: 'none' } },
    { kind: 'registration', body: { client_name: 'Claude Code (crm)', redirect_uris: ['http://localhost:54212/callback'], grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], token_endpoint_auth_method: 'none' } },
  ],
  redirects: ['http://localhost:54212/callback', 'http://localhost:3118/callback'],
  configuredKey: 'dropped',
};
