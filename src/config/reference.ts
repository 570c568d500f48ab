import { secretBackends } from '../adapters/secrets/list.ts';
import { z } from 'zod';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import { configSchema } from './schema.ts';

const SCHEMA_URL = 'https://sallyport.dev/config.schema.json';

/** The JSON Schema an editor checks a configuration with; what only the gateway itself can check is left to it. */
export const renderJsonSchema = (): JsonObject => {
  const { $schema, ...schema } = z.toJSONSchema(configSchema, { io: 'input' });
  // zod's type has members such as `~standard` that JSON does not; the text holds only JSON.
  const plain = JSON.parse(JSON.stringify(schema)) as JsonObject;
  return { $schema: String($schema), $id: SCHEMA_URL, title: 'Configuration of Sallyport', ...plain };
};

const INTRODUCTION = `# Configuration

<!-- Written by "npm run docs" from src/config/schema.ts and src/config/reference.ts; a test compares. Change those, not this. -->

\`sallyport serve -c sallyport.yaml\` reads one YAML file; JSON is YAML too. \`sallyport run\` needs no file: it makes the same
configuration out of its flags. The file says what an operator decides: servers, roles, limits. What the gateway itself makes,
such as keys and the audit trail, is in the data directory and never in this file.

\`\`\`yaml
$schema: ${SCHEMA_URL}
servers:
  crm:
    command: [node, /srv/crm/server.js]
    env:
      CRM_TOKEN: env:CRM_TOKEN
  wiki:
    url: https://wiki.internal/mcp
    headers:
      Authorization: file:/run/secrets/wiki-authorization
roles:
  reader: ["crm:get_*", "crm:list_*", "wiki:search"]
\`\`\`

An unknown setting stops the start, and the message names its line and the setting that was probably meant.
\`sallyport check sallyport.yaml\` says everything that a start would refuse, without starting. The file is read again on SIGHUP
and when it changes; if the new one is bad, the old one goes on and the log says why. What belongs to the process rather than to
a request takes effect at the next start: \`listen.host\`, \`listen.port\`, \`fetch.allow\`, \`listen.maxBodyBytes\`, \`listen.trustedProxies\`,
\`limits.streamsPerKey\`, \`metrics\`, \`telemetry\`, \`log\` and \`dataDir\`.

\`profile\` sets defaults for whom a gateway is for: \`solo\` (meant where nothing is said), \`team\` (people of a directory: \`listen\` takes
tokens, keys want a listener of their own), \`regulated\` (tokens bound to their sender alone, no key in a URL, receivers of the trail fail closed). What the file says itself wins, and
\`sallyport config show --origin\` tells which is which. \`sallyport advise\` asks four questions and says which way in fits.

A secret does not belong in the file. A value of \`env\` or \`headers\` may be \`env:NAME\`, which is read from the gateway's
environment, \`file:/path\`, which is read from a file without its last line end, or what a secret manager keeps:

| written | asks |
|---|---|
${secretBackends.map(({ example, asks }) => `| \`${example}\` | ${asks} |`).join('\n')}

The manager's own program is run, without a shell, at the start and at each reload; it must be on the \`PATH\`, answer within 15 seconds
and need no typing. It sees \`PATH\`, \`HOME\` and the like and its own variables (\`VAULT_*\`, \`OP_*\`, \`AWS_*\`,
\`PASSWORD_STORE_*\`), and none of the gateway's others. \`MCP_API_KEYS\` may be such a reference too. A reference must be the whole
value. Anything else stands for itself.
`;

const PERMISSIONS = `## Permissions

A permission names what a key or a role may use. Without one that covers a call, and without a rule that allows it
([rules.md](rules.md)), the call is refused. A permission never denies; rules can.

| written | covers |
|---|---|
| \`crm:get_customer\` | the tool \`get_customer\` of the server \`crm\` |
| \`crm:get_*\` | every tool of \`crm\` whose name begins with \`get_\` |
| \`crm:tool/get_*\` | the same, with the kind spelled out |
| \`crm:resource/crm://customers/*\` | every resource of \`crm\` whose address begins so |
| \`crm:prompt/summarize_*\` | every prompt of \`crm\` whose name begins so |
| \`crm:*\` | every tool, resource and prompt of \`crm\` |
| \`*:search\` | the tool \`search\` of every server |
| \`*\` | everything; it earns a warning, because it is rarely what is needed |

\`*\` stands for any run of characters, also for none, and may come more than once; every other character stands for itself, byte
for byte, in upper or lower case as written. A permission has no spaces. A key that has any permission for a server may also ask
for what names no tool, resource or prompt there, such as its lists, which show only what the key may use.

A name under \`permissions\`, such as \`read:customers\`, stands for the permissions listed there, and may be written wherever a permission
may. It must not begin with the name of a server.
`;

const ENVIRONMENT = `## Environment variables

| variable | what it does |
|---|---|
| \`MCP_API_KEYS\` | keys, as a JSON object |
| \`MCP_API_KEYS_FILE\` | a file with the same JSON, instead of the variable; setting both stops the start |
| \`MCP_API_KEY_QUERY\` | \`off\` switches \`?api_key=\` off, whatever the file says |
| \`MCP_OAUTH_ENABLED\` | \`true\` takes the providers that the next four name as entries of \`signIn\` ([sign-in.md](sign-in.md)) |
| \`MCP_OAUTH_GITHUB_CLIENT_ID\`, \`MCP_OAUTH_GITHUB_CLIENT_SECRET\` | GitHub |
| \`MCP_OAUTH_GOOGLE_CLIENT_ID\`, \`MCP_OAUTH_GOOGLE_CLIENT_SECRET\` | Google; \`GOOGLE_CLIENT_ID\` and \`GOOGLE_CLIENT_SECRET\` are read where they are not set |
| \`MCP_OAUTH_REDIRECT_URI\` | the callback that is registered there; derived from \`publicUrl\` unless it is set |
| \`SALLYPORT_DATA\` | the data directory, for every command; \`--data\` and \`dataDir\` win over it |
| \`XDG_DATA_HOME\` | where data directories are made when nothing names one: \`$XDG_DATA_HOME/sallyport/NAME\`, or else \`~/.local/share/sallyport/NAME\` |
| \`XDG_CACHE_HOME\` | where compiled code is kept between starts: \`$XDG_CACHE_HOME/sallyport\`, or else \`~/.cache/sallyport\`; \`NODE_DISABLE_COMPILE_CACHE=1\` keeps none |
| \`NO_COLOR\`, \`FORCE_COLOR\` | whether the terminal output has colours |

### MCP_API_KEYS

Each property name is a key as the client sends it. Its value says whom the key acts for and what it may do:

\`\`\`bash
export MCP_API_KEYS='{
  "connector-key": {
    "name": "ChatGPT Connector",
    "userId": "connector-user",
    "role": "user",
    "permissions": ["*"]
  }
}'
\`\`\`

\`\`\`bash
export MCP_API_KEYS='{"new-key": {"name": "Migrated Connector", "userId": "migrated-user", "role": "user", "permissions": ["*"]}}'
\`\`\`

Both start as they stand, with two warnings each: that the key may do everything, and that a key so short can be guessed.

| member | meaning |
|---|---|
| \`name\` | what the key is for; it stands in the audit trail |
| \`userId\` | the person or service it acts for; without it the trail says \`no identity\` |
| \`permissions\` | what it may use; may be an empty list |
| \`role\` | optional: a role of the file, whose permissions are added; a role that the file does not name adds none |
| \`group\` | optional: a display group, such as \`Engineering\`, for the audit trail's sentences |
| \`expiresAt\` | optional: an RFC 3339 time with its offset, such as \`2027-01-31T00:00:00Z\`; from then on the key is refused |

Text that is not JSON, an unknown member or an unreadable permission stops the start with line and column. The message never
repeats a key: an entry is called by its position.

### Hashed entries

A property name may be the key's SHA-256 instead of the key, so that the environment holds nothing that opens a door:

\`\`\`bash
printf %s "$KEY" | sha256sum     # 64 hexadecimal digits
export MCP_API_KEYS='{"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08": {"name": "Nightly sync", "userId": "sync", "permissions": ["crm:get_*"]}}'
\`\`\`

The client still sends the key itself. A hash of a key that can be guessed can be guessed too, so this is for long random keys.
Better still are keys that the gateway makes (docs/keys.md): of those it stores only a keyed hash, and they can be revoked while it runs.
`;

const objectAt = (schema: JsonObject, member: string): JsonObject => {
  const value = schema[member];
  return isJsonObject(value) ? value : {};
};

const code = (value: JsonValue): string => `\`${JSON.stringify(value)}\``;

const boundsOf = ({ minimum, exclusiveMinimum, maximum }: JsonObject): string => {
  const from = exclusiveMinimum === undefined ? minimum : `more than ${String(exclusiveMinimum)}`;
  return from === undefined || maximum === undefined ? '' : `, ${String(from)} to ${String(maximum)}`;
};

const typeOf = (schema: JsonObject): string => {
  const { type, enum: choices, anyOf } = schema;
  if (Array.isArray(anyOf)) return [...new Set(anyOf.filter(isJsonObject).map(typeOf))].join(' or ');
  if (Array.isArray(choices)) return choices.map(code).join(', ');
  if (type === 'array') return `list of ${typeOf(objectAt(schema, 'items'))}`;
  if (type === 'object' && isJsonObject(schema['additionalProperties'])) return `map of ${typeOf(schema['additionalProperties'])}`;
  return schema['format'] === 'uri' ? 'URL' : `${String(type)}${boundsOf(schema)}`;
};

interface Setting {
  readonly path: string;
  readonly schema: JsonObject;
  readonly required: boolean;
}

const defaultOf = ({ path, schema, required }: Setting): string => {
  const section = path.slice(0, Math.max(0, path.lastIndexOf('.')));
  if (required) return section === '' ? 'required' : `required in \`${section}\``;
  return schema['default'] === undefined || JSON.stringify(schema['default']) === '{}' ? '' : code(schema['default']);
};

/** The settings of an object, those of objects inside it with their path. */
const settingsOf = (schema: JsonObject, above: string): readonly Setting[] => {
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return Object.entries(objectAt(schema, 'properties')).flatMap(([name, inner]): readonly Setting[] => {
    if (!isJsonObject(inner)) return [];
    const path = `${above}${name}`;
    if (inner['properties'] !== undefined && inner['description'] === undefined) return settingsOf(inner, `${path}.`);
    const itself = { path, schema: inner, required: required.includes(name) };
    return inner['properties'] === undefined ? [itself] : [itself, ...settingsOf(inner, `${path}.`)];
  });
};

/** `|` would end the cell. */
const cell = (text: string): string => text.replaceAll('|', '\\|');

const table = (settings: readonly Setting[]): string =>
  ['| setting | type | default | meaning |', '|---|---|---|---|', ...settings.map((setting) => `| \`${setting.path}\` | ${cell(typeOf(setting.schema))} | ${cell(defaultOf(setting))} | ${cell(String(setting.schema['description'] ?? ''))} |`)].join('\n');

/** docs/config.md, whole. */
export const renderConfigReference = (): string => {
  const schema = renderJsonSchema();
  const settings = objectAt(schema, 'properties');
  const entryOf = (map: JsonObject): JsonObject => objectAt(map, 'additionalProperties');
  const classes = objectAt(objectAt(objectAt(settings, 'apiKeys'), 'properties'), 'classes');
  const sinks = objectAt(objectAt(objectAt(settings, 'audit'), 'properties'), 'sinks');
  const identities = objectAt(objectAt(objectAt(settings, 'certificates'), 'properties'), 'identities');
  return [
    INTRODUCTION,
    `## All settings\n\n${table(settingsOf(schema, ''))}\n`,
    `## A server\n\nEach entry of \`servers\` has either \`command\` or \`url\`. Its name is of lower-case letters, digits, \`-\` and \`_\`, at most 63 of them.\n\n${table(settingsOf(entryOf(objectAt(settings, 'servers')), ''))}\n`,
    `## An issuer\n\nEach entry of \`issuers\` is a party whose access tokens are accepted ([oauth.md](oauth.md)).\n\n${table(settingsOf(entryOf(objectAt(settings, 'issuers')), ''))}\n`,
    `## A client of the authorization server\n\nEach entry of \`authority.clients\` is a client that was agreed beforehand, by its id ([authorization-server.md](authorization-server.md#clients)).\n\n${table(settingsOf(entryOf(objectAt(objectAt(objectAt(settings, 'authority'), 'properties'), 'clients')), ''))}\n`,
    `## A provider to sign in by\n\nEach entry of \`signIn\` is a provider that people sign in by ([sign-in.md](sign-in.md)).\n\n${table(settingsOf(entryOf(objectAt(settings, 'signIn')), ''))}\n`,
    `## A rule\n\nEach entry of \`rules\` ([rules.md](rules.md)).\n\n${table(settingsOf(objectAt(objectAt(settings, 'rules'), 'items'), ''))}\n`,
    `## A person\n\nEach entry of \`people\` is named as keys name their owner, such as \`alice@company.com\`. An entry with neither \`roles\` nor \`permissions\` narrows nothing; an empty list of them leaves nothing.\n\n${table(settingsOf(entryOf(objectAt(settings, 'people')), ''))}\n`,
    `## A name of certificates\n\nEach entry of \`certificates.identities\` names by one of \`cn\`, \`dns\`, \`uri\` and \`email\` ([mtls.md](mtls.md#certificates-as-identities)). A placeholder such as \`{name}\` stands for one part.\n\n${table(settingsOf(objectAt(identities, 'items'), ''))}\n`,
    `## A receiver of the audit trail\n\nEach entry of \`audit.sinks\` is somebody who gets the records, too ([audit.md](audit.md#handing-it-on)).\n\n${table(settingsOf(entryOf(sinks), ''))}\n`,
    `## A channel of alarms\n\nEach entry of \`alarms.channels\` is somebody who is told of alarms ([alarms.md](alarms.md#who-is-told)).\n\n${table(settingsOf(entryOf(objectAt(objectAt(objectAt(settings, 'alarms'), 'properties'), 'channels')), ''))}\n`,
    `## A class of keys\n\nEach entry of \`apiKeys.classes\` says how often its keys are to be rotated ([keys.md](keys.md#rotation)). A duration is a number and \`m\`, \`h\` or \`d\`.\n\n${table(settingsOf(entryOf(classes), ''))}\n`,
    PERMISSIONS,
    ENVIRONMENT,
  ].join('\n');
};
