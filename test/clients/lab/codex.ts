import { PLAIN, type LabClient } from './lab-client.ts';

/** Codex: any port of loopback, and a path that is the same for the same server (openai/codex#30460). */
export const codex: LabClient = {
  ...PLAIN,
  name: 'Codex',
  sources: ['openai/codex#30460'],
  identities: [{ kind: 'registration', body: { client_name: 'Codex', redirect_uris: ['http://127.0.0.1:41234/callback/5f1c'], grant_types: ['authorization_code', 'refresh_token'] } }],
  redirects: ['http://127.0.0.1:41234/callback/5f1c', 'http://127.0.0.1:60001/callback/5f1c'],
};
