/** Where everything of the authorization server is. */
export const PATHS = {
  /** What clients ask; the names are the provider's. */
  provider: {
    authorization: '/oauth/authorize',
    token: '/oauth/token',
    registration: '/oauth/register',
    revocation: '/oauth/revoke',
    introspection: '/oauth/introspect',
    device_authorization: '/oauth/device',
    code_verification: '/device',
    jwks: '/oauth/keys',
    end_session: '/oauth/session',
  },
  /** The page that asks a person; the id of the question follows. */
  interaction: '/auth/oauth/ask',
  login: '/auth/oauth/login',
  /** Where people see what they have allowed. */
  account: '/account',
  /** Where identity providers send people back to that have no address of their own (R7). */
  callbacks: ['/auth/oauth/callback', '/auth/callback'],
  profile: '/api/user/profile',
  leave: '/auth/oauth/logout',
} as const;

/** Clients that find no metadata guess that the endpoints are at the root (MCP 2025-03-26; anthropics/claude-ai-mcp#846). */
export const ALIASES: ReadonlyMap<string, string> = new Map([
  ['/authorize', PATHS.provider.authorization],
  ['/token', PATHS.provider.token],
  ['/register', PATHS.provider.registration],
]);
