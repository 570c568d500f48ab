import { z } from 'zod';
import { parsePermission, PermissionSyntaxError } from '../model/permission.ts';

/** A server's or role's name: it stands in paths and permissions, so nothing that either would have to escape. */
const name = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'use lower-case letters, digits, - and _, at most 63 of them');

const permission = z.string().superRefine((text, context) => {
  try {
    parsePermission(text);
  } catch (error) {
    if (!(error instanceof PermissionSyntaxError)) throw error;
    context.addIssue({ code: 'custom', message: error.message });
  }
});

const rate = z.strictObject({
  perSecond: z.number().positive().max(1_000_000).describe('Sustained calls per second.'),
  burst: z.number().int().positive().max(10_000_000).describe('Calls allowed at once.'),
});

const value = z.string().describe('A literal, or a reference: `env:NAME` or `file:/path`.');

const webUrl = z.url({ protocol: /^https?$/, message: 'must be an absolute http or https URL' });

const server = z.strictObject({
  command: z.array(z.string().min(1)).min(1).optional().describe('The stdio server: program and arguments, run without a shell.'),
  cwd: z.string().optional().describe('Working directory of the command.'),
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is not a name of an environment variable'), value).prefault({}).describe('Environment of the command; nothing else of the gateway\'s own is passed but PATH, HOME, LANG and the like.'),
  url: webUrl.optional().describe('The Streamable HTTP server, instead of `command`.'),
  headers: z.record(z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'is not a header name'), value).prefault({}).describe('The gateway\'s own headers for the upstream, such as its credential.'),
  environment: z.enum(['live', 'test']).prefault('live').describe('Test keys open test servers only, live keys live servers only.'),
  acceptTools: z.array(z.string()).prefault([]).describe('Tool names outside A–Z a–z 0–9 _ . - that you have looked at and accept.'),
  timeoutSeconds: z.number().positive().max(86_400).prefault(300).describe('How long a call may take; streams are not bounded by it.'),
}).refine((entry) => (entry.command === undefined) !== (entry.url === undefined), { message: 'needs either command or url, not both' });

/** The one description of the configuration: types, defaults, docs/config.md and the editor's schema come from it. */
export const configSchema = z.strictObject({
  $schema: z.string().optional().describe('For editors; ignored.'),
  listen: z.strictObject({
    host: z.string().min(1).prefault('127.0.0.1').describe('Address to bind. Anything but loopback needs `public: true` and `publicUrl`.'),
    port: z.number().int().min(0).max(65_535).prefault(3210).describe('Port to bind; 0 takes any free one.'),
    public: z.boolean().prefault(false).describe('Allows an address other machines can reach.'),
    allowedHosts: z.array(z.string().regex(/^[a-z0-9.:[\]-]+$/, 'is not a lower-case host name')).prefault([]).describe('Further names accepted in the Host header.'),
    allowedOrigins: z.array(webUrl).prefault([]).describe('Web origins whose pages may call the gateway.'),
    trustedProxies: z.array(z.string().regex(/^[0-9a-fA-F.:]+(\/\d{1,3})?$/, 'is not an address or CIDR range')).prefault([]).describe('Proxies whose X-Forwarded-For names the caller.'),
    maxBodyBytes: z.number().int().min(1024).max(64 * 1024 * 1024).prefault(4 * 1024 * 1024).describe('Largest request body.'),
    maxAnswerBytes: z.number().int().min(1024).max(512 * 1024 * 1024).prefault(32 * 1024 * 1024).describe('Largest whole answer or single event of an upstream.'),
  }).prefault({}),
  publicUrl: webUrl.optional().describe('The origin that clients use. Configured, never derived from a request.'),
  metrics: z.strictObject({
    port: z.number().int().min(0).max(65_535).optional().describe('Loopback port of /metrics. Without it 9464 is taken, or any free port when that is in use.'),
    enabled: z.boolean().prefault(true).describe('Whether /metrics is served.'),
  }).prefault({}),
  dataDir: z.string().min(1).optional().describe('Where state lives. Default: a folder in the user\'s data directory.'),
  apiKeys: z.strictObject({
    header: z.string().regex(/^[A-Za-z0-9-]{1,64}$/, 'is not a header name').prefault('X-API-Key').describe('Header that carries a key.'),
    query: z.boolean().prefault(true).describe('Whether `?api_key=` is accepted (`MCP_API_KEY_QUERY=off` switches it off too).'),
  }).prefault({}),
  servers: z.record(name, server, { error: 'is missing: name at least one server' }).refine((servers) => Object.keys(servers).length > 0, { message: 'names no server: add one' }).describe('The MCP servers behind the gateway; each is reached at /{name}/mcp, a single one also at /mcp.'),
  roles: z.record(name, z.array(permission)).prefault({}).describe('Permissions by role; a key has the permissions of its roles and its own.'),
  limits: z.strictObject({
    address: rate.prefault({ perSecond: 1_000, burst: 3_000 }).describe('Requests of one address, before anybody is known.'),
    invalidCredentials: rate.prefault({ perSecond: 1, burst: 300 }).describe('Refused credentials of one address; past it only unguessable keys are looked at.'),
    key: rate.prefault({ perSecond: 500, burst: 2_000 }).describe('Calls of one key.'),
    tool: rate.optional().describe('Calls of one tool by one key; without it only the limit of the key counts.'),
    streamsPerKey: z.number().int().min(1).max(100_000).prefault(100).describe('Open streams of one key.'),
  }).prefault({}),
  log: z.strictObject({
    level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).prefault('info').describe('Least important messages that are logged.'),
  }).prefault({}),
});

export type Config = z.infer<typeof configSchema>;
export type ServerConfig = Config['servers'][string];
