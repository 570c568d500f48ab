import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { apiKeyWarnings, parseApiKeysVariable } from '../config/api-keys-variable.ts';
import { ConfigError } from '../config/config-error.ts';
import { parseConfig, parsePolicy } from '../config/parse-config.ts';
import type { PolicyFile } from '../config/policy/policy-schema.ts';
import { originsOf, type Origin } from '../config/origins.ts';
import type { Config } from '../config/schema.ts';
import { withTlsPaths } from '../config/tls/read-tls.ts';
import type { ConfiguredKey } from '../model/api-key.ts';
import { parsePermission } from '../model/permission/permission.ts';
import { CliError, EXIT } from './exit.ts';
import { readVariable } from './managed-secrets.ts';
import type { Terminal } from './terminal.ts';

const readText = (path: string, what: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new CliError(`${what} ${path} cannot be read (${code})`, { exitCode: EXIT.config, cure: `check the path and its permissions` });
  }
};

/** The text of a configuration file. @throws CliError */
export const readConfigText = (path: string): string => readText(resolve(path), 'the configuration');

/** The policy that watches, beside the configuration; it may name what that names. @throws CliError, ConfigError */
const readShadow = (path: string, config: Config): PolicyFile => parsePolicy(readText(path, 'the shadow policy'), path, { servers: Object.keys(config.servers) });

/** Reads and validates a configuration file, and the policy under `shadow`. @throws CliError, ConfigError */
export const readConfigFile = (path: string, environment: Terminal['env']): Config => {
  const folder = dirname(resolve(path));
  const config = withTlsPaths(parseConfig(readConfigText(path), path, environment), folder);
  return Object.freeze(config.shadow === undefined ? config : { ...config, shadowPolicy: readShadow(resolve(folder, config.shadow), config) });
};

/** The keys of `MCP_API_KEYS`, of what it refers to in a secret manager, or of the file that `MCP_API_KEYS_FILE` names. @throws ConfigError, CliError */
export const readConfiguredKeys = async (env: Terminal['env']): Promise<readonly ConfiguredKey[]> => {
  const { MCP_API_KEYS: inline, MCP_API_KEYS_FILE: file } = env;
  if (inline !== undefined && inline.trim() !== '' && file !== undefined) {
    throw new ConfigError('MCP_API_KEYS', [{ path: '', message: 'is set, and MCP_API_KEYS_FILE too: unset one of them' }]);
  }
  const text = file === undefined ? await readVariable('MCP_API_KEYS', inline, env) : readText(file, 'the key file');
  // A file that is being written is empty for a moment, which must not take every key away.
  if (file !== undefined && text?.trim() === '') throw new ConfigError('MCP_API_KEYS_FILE', [{ path: '', message: 'names an empty file: write {} for no keys' }]);
  return text === undefined || text.trim() === '' ? [] : parseApiKeysVariable(text);
};

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/** Whether only this machine can reach the address. */
export const isLoopback = (host: string): boolean => LOOPBACK.test(host);

const checkOrigin = (origin: Origin, at: string): void => {
  if (isLoopback(origin.host)) return;
  if (!origin.public) {
    throw new CliError(`${origin.host} can be reached by other machines`, { exitCode: EXIT.config, cure: at === 'listen' ? 'bind 127.0.0.1, or say --public (listen.public: true) and name --public-url' : `bind 127.0.0.1, or say public: true and publicUrl in ${at}` });
  }
  if (origin.publicUrl === undefined) {
    throw new CliError('a public bind needs the URL that clients use; it is never guessed from a request', { exitCode: EXIT.config, cure: at === 'listen' ? 'add --public-url https://mcp.example.com (publicUrl in the file)' : `add publicUrl to ${at}` });
  }
};

/** An address that others can reach is bound only when that is said twice: by a flag, and by naming the public URL. */
export const checkExposure = (config: Config): void => {
  for (const [index, origin] of originsOf(config).entries()) checkOrigin(origin, index === 0 ? 'listen' : `listeners.${String(index - 1)}`);
};

/** Some clients drop a key they were given once they see that the address speaks OAuth (W1). */
const mixedWarnings = (config: Config): readonly string[] =>
  originsOf(config).some(({ accept }) => accept.has('oauth') && accept.has('api-key'))
    ? ['keys and access tokens are accepted at one address: some clients drop a configured key when they see that an address speaks OAuth; give keys a listener of their own (docs/oauth.md), or say accept to keep it so']
    : [];

/** Whether a permission is neither a name, nor one of the gateway's own operations, nor about a server that is there. */
const reachesNothing = (text: string, { permissions, servers }: Config): boolean =>
  !Object.hasOwn(permissions, text) && !/^(?:admin|api):/.test(text) && !Object.keys(servers).some((server) => parsePermission(text).touches(server));

/** Providers whose tokens name a recipient by an id of their own, never by a URL that nobody told them. */
const OWN_IDS: ReadonlySet<string> = new Set(['entra-v1', 'entra-v2', 'okta', 'cognito']);

const audienceWarnings = ({ servers, issuers }: Config): readonly string[] =>
  Object.entries(servers).flatMap(([server, { audience, issuers: accepted = Object.keys(issuers) }]) => {
    const named = accepted.filter((name) => OWN_IDS.has(issuers[name]?.profile ?? ''));
    return audience !== undefined || named.length === 0 ? [] : [`servers.${server} has no audience, and tokens of ${named.join(', ')} name the id of an application and no URL: give its id as servers.${server}.audience (docs/oauth.md), or every token is refused`];
  });

/** One audience for two servers may be meant, and makes one of them as far as tokens go (J08). */
const sharedAudiences = ({ servers, issuers }: Config): readonly string[] => {
  const entries = Object.entries(servers).map(([server, { audience = [], issuers: accepted = Object.keys(issuers) }]) => ({ server, audience, accepted }));
  return entries.flatMap(({ server, audience, accepted }, at) =>
    entries.slice(0, at).flatMap((other) => {
      const shared = audience.find((one) => other.audience.includes(one));
      return shared === undefined || !accepted.some((name) => other.accepted.includes(name)) ? [] : [`servers.${server} and servers.${other.server} have the audience ${shared} in common: a token that was made for one opens the other`];
    }),
  );
};

/** What has a dot in it is read as a token where it stands as a bearer. */
const dottedKeys = ({ issuers }: Config, keys: readonly ConfiguredKey[]): readonly string[] =>
  Object.keys(issuers).length === 0 ? [] : keys.filter(({ key }) => key.kind === 'plain' && key.text.includes('.')).map(({ name }) => `the key "${name}" has a dot in it: as a bearer it would be read as an access token, so send it as a header of its own`);

/** What should be said about a configuration that works. */
export const configWarnings = (config: Config, keys: readonly ConfiguredKey[]): readonly string[] => [
  ...apiKeyWarnings(keys),
  ...Object.entries(config.roles).flatMap(([role, texts]) => (texts.includes('*') ? [`the role ${role} may do everything (["*"]): name servers and tools instead`] : [])),
  ...Object.entries(config.roles).flatMap(([role, texts]) => texts.filter((text) => reachesNothing(text, config)).map((text) => `the role ${role} has ${text}, which covers nothing of any server`)),
  ...config.rules.flatMap(({ name, who }) => (who.certificate === undefined || originsOf(config).some(({ accept }) => accept.has('mtls')) ? [] : [`the rule "${name}" names certificates, and no listener has mtls among its accept, so that part of it matches nobody`])),
  ...Object.entries(config.signIn).flatMap(([name, { allow }]) => (allow.everybody ? [`signIn.${name} lets everybody in who has an account there: they may do what their roles give, and nothing without; name domains, addresses or groups under allow if you mean fewer`] : [])),
  ...audienceWarnings(config),
  ...sharedAudiences(config),
  ...dottedKeys(config, keys),
  ...(config.listen.accept === undefined ? mixedWarnings(config) : []),
  ...(config.publicUrl?.startsWith('http:') === true && !isLoopback(new URL(config.publicUrl).hostname) ? ['publicUrl is http: keys travel in the clear; put TLS in front'] : []),
];
