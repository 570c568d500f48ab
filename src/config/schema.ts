import { z } from 'zod';
import { isNetwork } from '../model/networks.ts';
import { DURATION_PATTERN } from '../model/duration.ts';
import { PROFILES } from './profile.ts';
import type { Secret } from '../model/secret.ts';
import { sinkFaults } from './audit/sink-faults.ts';
import { sinkSchema } from './audit/sink-schema.ts';
import { alarmsSchema } from './alarms/alarms-schema.ts';
import { alarmFaults } from './alarms/alarm-faults.ts';
import { authorityFaults } from './authority/authority-faults.ts';
import { authoritySchema } from './authority/authority-schema.ts';
import { issuerFaults } from './issuers/issuer-faults.ts';
import { originFaults } from './origins.ts';
import { issuerSchema, scope, serverTokens } from './issuers/issuer-schema.ts';
import { signInFaults } from './sign-in/sign-in-faults.ts';
import { signInSchema } from './sign-in/sign-in-schema.ts';
import { telemetrySchema } from './telemetry/telemetry-schema.ts';
import { certificatesSchema } from './tls/certificates-schema.ts';
import { forwardedSchema } from './tls/forwarded-schema.ts';
import { tlsSchema } from './tls/tls-schema.ts';
import { name, permission, policySections, type PolicyFile } from './policy/policy-schema.ts';

/** Planes of the gateway's own: a server of that name would be taken for one in a path or a permission. */
const RESERVED: ReadonlySet<string> = new Set(['admin', 'api']);

const rate = z.strictObject({
  perSecond: z.number().positive().max(1_000_000).describe('Sustained calls per second.'),
  burst: z.number().int().positive().max(10_000_000).describe('Calls allowed at once.'),
});

const allowance = z.strictObject({
  perSecond: z.number().positive().max(1_000_000).optional().describe('Sustained calls per second.'),
  burst: z.number().int().positive().max(10_000_000).optional().describe('Calls allowed at once; as many as one second brings unless given.'),
  perDay: z.number().int().positive().max(1e12).optional().describe('Calls a UTC day.'),
  perMonth: z.number().int().positive().max(1e12).optional().describe('Calls a UTC month.'),
  inFlight: z.number().int().positive().max(1_000_000).optional().describe('Calls that run at the same time.'),
}).refine(({ perSecond, burst }) => burst === undefined || perSecond !== undefined, { message: 'has a burst and no perSecond: say how fast it fills again', path: ['burst'] });
const duration = (example: string) => z.string().regex(DURATION_PATTERN, `is not a duration: write one such as ${example}`);

const person = z.strictObject({
  roles: z.array(name).optional().describe('Roles the person has. With roles or permissions here, their keys may do only what both allow.'),
  permissions: z.array(permission).optional().describe('Permissions the person has besides those of the roles.'),
  groups: z.array(z.string().min(1).max(100)).prefault([]).describe('Groups, such as Engineering; the first stands in the audit trail.'),
  disabled: z.boolean().prefault(false).describe('Refuses every key of this owner, also those of MCP_API_KEYS.'),
});

const keyClass = z.strictObject({
  rotateEvery: duration('90d').describe('How old a key of this class may become before it is due for rotation.'),
  remindBefore: duration('7d').prefault('7d').describe('How long before that, or before its expiry, it is shown as due.'),
});

const value = z.string().describe('A literal, or a reference to a secret: `env:NAME`, `file:/path`, or one to a secret manager.');

const toolGlob = z.string().regex(/^[^\s:]+:\S+$/, 'write server:tool, such as crm:delete_*');

const webUrl = z.url({ protocol: /^https?$/, message: 'must be an absolute http or https URL' });

const server = z.strictObject({
  command: z.array(z.string().min(1)).min(1).optional().describe('The stdio server: program and arguments, run without a shell.'),
  cwd: z.string().optional().describe('Working directory of the command.'),
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is not a name of an environment variable'), value).prefault({}).describe('Environment of the command; nothing else of the gateway\'s own is passed but PATH, HOME, LANG and the like.'),
  url: webUrl.optional().describe('The Streamable HTTP server, instead of `command`.'),
  account: z.string().min(1).max(200).optional().describe('The account that the gateway\'s own credential belongs to at the upstream, such as `crm-service`; the audit trail names it.'),
  headers: z.record(z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'is not a header name'), value).prefault({}).describe('The gateway\'s own headers for the upstream, such as its credential.'),
  environment: z.enum(['live', 'test']).prefault('live').describe('Test keys open test servers only, live keys live servers only.'),
  toolChanges: z.enum(['hold', 'warn', 'ignore']).prefault('hold').describe('What happens to a tool whose name, description, schemas or annotations have changed: it is held until somebody accepts it, or only logged, or neither.'),
  newTools: z.enum(['list', 'hold']).prefault('list').describe('Whether a tool that the server adds later is listed to those who may use it, or held until somebody accepts it.'),
  acceptTools: z.array(z.string()).prefault([]).describe('Tool names outside A–Z a–z 0–9 _ . - that you have looked at and accept.'),
  timeoutSeconds: z.number().positive().max(86_400).prefault(300).describe('How long a call may take; streams are not bounded by it.'),
  ...serverTokens,
}).refine((entry) => (entry.command === undefined) !== (entry.url === undefined), { message: 'needs either command or url, not both' });

const accept = z.array(z.enum(['api-key', 'oauth', 'mtls'])).min(1);

const listener = z.strictObject({
  host: z.string().min(1).prefault('127.0.0.1').describe('Address to bind, as `listen.host`.'),
  port: z.number().int().min(0).max(65_535).describe('Port to bind; 0 takes any free one.'),
  public: z.boolean().prefault(false).describe('Allows an address other machines can reach; it needs a `publicUrl` of its own.'),
  publicUrl: webUrl.optional().describe('The origin that clients of this listener use.'),
  allowedHosts: z.array(z.string().regex(/^[a-z0-9.:[\]-]+$/, 'is not a lower-case host name')).prefault([]).describe('Further names accepted in the Host header here.'),
  accept: accept.describe('The ways in that are open here: `api-key`, `oauth`, `mtls` (a client certificate), or several.'),
  tls: tlsSchema.optional().describe('TLS of this listener, as `listen.tls`.'),
  forwardedCertificates: forwardedSchema.optional().describe('Certificates that a proxy in front has seen, as `listen.forwardedCertificates`.'),
});

const shape = z.strictObject({
  $schema: z.string().optional().describe('For editors; ignored.'),
  profile: z.enum(PROFILES).prefault('solo').describe('For whom it is, as a set of defaults: `solo` takes keys, and tokens where an issuer is named; `team` takes tokens on `listen`, so that keys need a listener of their own; `regulated` takes only tokens that are bound to their sender, no key in a URL, and no calls that receivers of the trail do not hear of.'),
  listen: z.strictObject({
    host: z.string().min(1).prefault('127.0.0.1').describe('Address to bind. Anything but loopback needs `public: true` and `publicUrl`.'),
    port: z.number().int().min(0).max(65_535).prefault(3210).describe('Port to bind; 0 takes any free one.'),
    public: z.boolean().prefault(false).describe('Allows an address other machines can reach.'),
    allowedHosts: z.array(z.string().regex(/^[a-z0-9.:[\]-]+$/, 'is not a lower-case host name')).prefault([]).describe('Further names accepted in the Host header.'),
    accept: accept.optional().describe('The ways in that are open here: `api-key`, `oauth`, `mtls` (a client certificate), or several. Without it keys, and access tokens too where `issuers` names any ([discovery.md](discovery.md#keys-and-tokens-on-two-ports)).'),
    allowedOrigins: z.array(webUrl).prefault([]).describe('Web origins whose pages may call the gateway.'),
    admin: z.boolean().prefault(true).describe('Whether the admin API is served under /api. It asks for a key with a permission such as `admin:keys`.'),
    trustedProxies: z.array(z.string().refine(isNetwork, 'is neither an address nor a CIDR range without bits of a host, such as 10.0.0.0/8')).prefault([]).describe('Proxies whose X-Forwarded-For names the caller.'),
    tls: tlsSchema.optional().describe('TLS 1.2 and 1.3 on this listener, which speaks plain HTTP without it ([mtls.md](mtls.md)).'),
    forwardedCertificates: forwardedSchema.optional().describe('Certificates that a proxy in front has seen; from everybody else such headers are nothing ([mtls.md](mtls.md#behind-a-proxy)).'),
    maxBodyBytes: z.number().int().min(1024).max(64 * 1024 * 1024).prefault(4 * 1024 * 1024).describe('Largest request body.'),
    maxAnswerBytes: z.number().int().min(1024).max(512 * 1024 * 1024).prefault(32 * 1024 * 1024).describe('Largest whole answer or single event of an upstream.'),
  }).prefault({}),
  listeners: z.array(listener).max(15).prefault([]).describe('Further listeners, each with the ways in that are open there; all else is as for `listen`. Only `listen` has the admin API.'),
  publicUrl: webUrl.optional().describe('The origin that clients use. Configured, never derived from a request.'),
  metrics: z.strictObject({
    port: z.number().int().min(0).max(65_535).optional().describe('Loopback port of /metrics. Without it 9464 is taken, or any free port when that is in use.'),
    enabled: z.boolean().prefault(true).describe('Whether /metrics is served.'),
  }).prefault({}),
  telemetry: telemetrySchema.prefault({}).describe('What collectors of OpenTelemetry are told ([tracing.md](tracing.md)).'),
  fetch: z.strictObject({
    allow: z.array(z.string().regex(/^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\]):[1-9]\d{0,4}$/, 'is not host:port in lower case, such as 127.0.0.1:9000')).prefault([]).describe('Hosts, as `host:port`, that may be fetched although they are private or plain http: for development, and for an identity provider of your own network. All else that is fetched is https on the public internet.'),
  }).prefault({}).describe('The way out for documents of identity providers.'),
  dataDir: z.string().min(1).optional().describe('Where state lives. Default: a folder in the user\'s data directory.'),
  apiKeys: z.strictObject({
    header: z.string().regex(/^[A-Za-z0-9-]{1,64}$/, 'is not a header name').prefault('X-API-Key').describe('Header that carries a key.'),
    query: z.boolean().prefault(true).describe('Whether `?api_key=` is accepted (`MCP_API_KEY_QUERY=off` switches it off too).'),
    classes: z.record(name, keyClass).prefault({}).describe('Classes of keys with their rotation policies; `sallyport keys create --class` names one.'),
  }).prefault({}),
  servers: z.record(name.refine((text) => !RESERVED.has(text), 'is a name that the gateway keeps for itself: call the server something else'), server, { error: 'is missing: name at least one server' }).refine((servers) => Object.keys(servers).length > 0, { message: 'names no server: add one' }).describe('The MCP servers behind the gateway; each is reached at /{name}/mcp, a single one also at /mcp.'),
  issuers: z.record(name, issuerSchema).prefault({}).describe('Issuers of access tokens, such as Entra ID, Okta or Keycloak, by a name of your choice ([oauth.md](oauth.md)).'),
  authority: authoritySchema.prefault({}).describe('The gateway as an authorization server of its own ([authorization-server.md](authorization-server.md)).'),
  signIn: z.record(name, signInSchema).prefault({}).describe('Providers that people sign in by, such as GitHub, Google or your own, by a name of your choice ([sign-in.md](sign-in.md)).'),
  certificates: certificatesSchema.prefault({}).describe('Who the holders of client certificates are ([mtls.md](mtls.md)).'),
  directory: z.strictObject({
    provider: name.describe('The entry of `signIn` or `issuers` that its people come by.'),
  }).optional().describe('Takes what a company\'s directory says of people and groups by SCIM 2.0, at `/scim/v2` ([directory.md](directory.md)).'),
  scopes: z.strictObject({
    implies: z.record(scope, z.array(scope).min(1)).prefault({}).describe('Scopes that bring others along, such as `crm-admin: [crm:write]`. A scope that is a permission covers narrower ones by itself.'),
  }).prefault({}).describe('What is said of scopes of tokens beyond permissions.'),
  ...policySections,
  shadow: z.string().min(1).optional().describe('A file with a second policy, which judges calls and decides nothing: differences stand in the audit trail and in the metrics.'),
  people: z.record(z.string().min(1).max(200), person).prefault({}).describe('People and services, by the name that keys have as their owner. Whoever is not listed is not restricted beyond the key.'),
  limits: z.strictObject({
    address: rate.prefault({ perSecond: 1_000, burst: 3_000 }).describe('Requests of one address, before anybody is known.'),
    handshakes: rate.prefault({ perSecond: 200, burst: 2_000 }).describe('TLS handshakes of one address, resumed ones too; a connection past it is closed before it costs a signature. Raise it where a balancer passes on the connections of many clients.'),
    invalidCredentials: rate.prefault({ perSecond: 1, burst: 300 }).describe('Refused credentials of one address; past it only unguessable keys are looked at.'),
    admin: rate.prefault({ perSecond: 20, burst: 200 }).describe('Requests of one person or service to the admin API, over all keys.'),
    gateway: allowance.optional().describe('All calls.'),
    server: allowance.optional().describe('Calls of one server.'),
    servers: z.record(name, allowance).prefault({}).describe('In place of `server`, by name.'),
    tool: allowance.optional().describe('Calls of one tool, over all callers.'),
    tools: z.record(toolGlob, allowance).prefault({}).describe('In place of `tool`, by `server:tool`; `*` stands for any run of characters, its own name counts, or else the first that fits.'),
    owner: allowance.optional().describe('Calls of one owner, over all keys of his.'),
    owners: z.record(z.string().min(1), allowance).prefault({}).describe('In place of `owner`, by name.'),
    role: allowance.optional().describe('Calls of one role, over all keys that have it.'),
    roles: z.record(name, allowance).prefault({}).describe('In place of `role`, by name.'),
    key: allowance.prefault({ perSecond: 500, burst: 2_000 }).describe('Calls of one key; a key may have tighter limits of its own. Its rate is 500 and 2000 at once unless another is given.'),
    toolPerKey: allowance.optional().describe('Calls of one tool by one key.'),
    streamsPerKey: z.number().int().min(1).max(100_000).prefault(100).describe('Open streams of one key.'),
  }).prefault({}),
  audit: z.strictObject({
    keep: z.strictObject({
      reads: duration('90d').optional().describe('Calls that were let in and changed nothing, by the word of their server.'),
      writes: duration('400d').optional().describe('Calls that were let in and may have changed something.'),
      refusals: duration('90d').optional().describe('What was refused, or failed.'),
      operations: duration('400d').optional().describe('What was asked of the admin API or done at the terminal.'),
    }).prefault({}).describe('How long records are kept, by what they are about; those that are not named are kept for good ([audit.md](audit.md#for-how-long)).'),
    redact: z.array(z.strictObject({
      tools: toolGlob.prefault('*:*').describe('Whose arguments: `server:tool`; `*` stands for any run of characters.'),
      arguments: z.array(z.string().min(1).max(200)).min(1).describe('Names of arguments, at any depth; `*` stands for any run of characters.'),
    })).max(1_000).prefault([]).describe('Arguments that the trail does not show; a salted digest stands in their place, by which a value can be proven ([audit.md](audit.md#what-it-does-not-say)).'),
    sinks: z.record(name, sinkSchema).prefault({}).describe('Who else gets the records, by a name of your choice ([audit.md](audit.md#handing-it-on)).'),
  }).prefault({}).describe('The audit trail.'),
  alarms: alarmsSchema.prefault({}).describe('What is told when something is not as it should be ([alarms.md](alarms.md)).'),
  log: z.strictObject({
    level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).prefault('info').describe('Least important messages that are logged.'),
  }).prefault({}),
});

/** What the limits name must be there: a limit of a misspelt server would limit nothing. */
const checkNames = (config: z.infer<typeof shape>, context: z.RefinementCtx): void => {
  const check = (section: string, names: readonly string[], known: readonly string[], of: string): void => {
    for (const each of names) if (!known.includes(each)) context.addIssue({ code: 'custom', path: ['limits', section, each], message: `is not a ${of} of this file; there is ${known.length === 0 ? 'none' : known.join(', ')}` });
  };
  check('servers', Object.keys(config.limits.servers), Object.keys(config.servers), 'server');
  check('roles', Object.keys(config.limits.roles), Object.keys(config.roles), 'role');
  for (const { path, message } of [...originFaults(config), ...issuerFaults(config), ...authorityFaults(config), ...signInFaults(config), ...sinkFaults(config), ...alarmFaults(config)]) context.addIssue({ code: 'custom', path: [...path], message });
};

/** The one description of the configuration: types, defaults, docs/config.md and the editor's schema come from it. */
export const configSchema = shape.superRefine(checkNames);

/** `shadowPolicy` is what the file under `shadow` holds, `managed` what secret managers have answered; both are read with the configuration. */
export type Config = z.infer<typeof configSchema> & { readonly shadowPolicy?: PolicyFile; readonly managed?: ReadonlyMap<string, Secret> };
export type PersonConfig = Config['people'][string];
export type ServerConfig = Config['servers'][string];
