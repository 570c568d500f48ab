import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { ConfigError } from '../config-error.ts';
import type { Environment } from '../secret-ref.ts';

const ENABLED = 'MCP_OAUTH_ENABLED';
const REDIRECT = 'MCP_OAUTH_REDIRECT_URI';

/** The names that variables have in the founding documents, the first one first (R12, R13). */
const NAMES = {
  github: { id: ['MCP_OAUTH_GITHUB_CLIENT_ID'], secret: ['MCP_OAUTH_GITHUB_CLIENT_SECRET'] },
  google: { id: ['MCP_OAUTH_GOOGLE_CLIENT_ID', 'GOOGLE_CLIENT_ID'], secret: ['MCP_OAUTH_GOOGLE_CLIENT_SECRET', 'GOOGLE_CLIENT_SECRET'] },
} as const;

const fault = (variable: string, message: string): ConfigError => new ConfigError(variable, [{ path: '', message }]);

const setIn = (environment: Environment, names: readonly string[]): string | undefined => names.find((name) => (environment[name] ?? '').trim() !== '');

/** Whoever signs in by a provider that only variables name may do what their roles give, which is nothing by itself. */
const entryOf = (kind: keyof typeof NAMES, environment: Environment): JsonObject | undefined => {
  const [id, secret] = [setIn(environment, NAMES[kind].id), setIn(environment, NAMES[kind].secret)];
  if (id === undefined && secret === undefined) return undefined;
  if (id === undefined) throw fault(NAMES[kind].id[0], `is not set, and ${String(secret)} is: set both, or neither`);
  if (secret === undefined) throw fault(NAMES[kind].secret[0], `is not set, and ${id} is: set both, or neither`);
  const redirectUri = environment[REDIRECT]?.trim() ?? '';
  return { kind, clientId: environment[id]?.trim() ?? '', clientSecret: `env:${secret}`, allow: { everybody: true }, ...(redirectUri === '' ? {} : { redirectUri }) };
};

const isEnabled = (environment: Environment): boolean => {
  const text = (environment[ENABLED] ?? '').trim().toLowerCase();
  if (['', 'false', '0', 'no', 'off'].includes(text)) return false;
  if (['true', '1', 'yes', 'on'].includes(text)) return true;
  throw fault(ENABLED, 'is neither true nor false');
};

/**
 * A configuration as it was written, with the providers that the variables of the founding documents name (R12, R13). What the file says wins.
 * @throws ConfigError
 */
export const withSignInVariables = (value: unknown, environment: Environment): unknown => {
  if (!isEnabled(environment)) return value;
  const written = value as JsonValue; // what YAML gives; the schema judges it
  const own: JsonValue = isJsonObject(written) ? (written['signIn'] ?? {}) : {};
  if (!isJsonObject(written) || !isJsonObject(own)) return value;
  const found = (['github', 'google'] as const).flatMap((kind) => {
    const entry = Object.hasOwn(own, kind) ? undefined : entryOf(kind, environment);
    return entry === undefined ? [] : [[kind, entry] as const];
  });
  if (found.length === 0 && Object.keys(own).length === 0) throw fault(ENABLED, `is true, and no provider is named: set ${NAMES.github.id[0]} and ${NAMES.github.secret[0]}, or write signIn in the file`);
  const authority: JsonValue = written['authority'] ?? {};
  // People sign in for the sake of the authorization server: these variables switch it on, unless the file says otherwise.
  return { ...written, signIn: { ...Object.fromEntries(found), ...own }, ...(isJsonObject(authority) ? { authority: { enabled: true, ...authority } } : {}) };
};
