import { readFileSync } from 'node:fs';
import { secretBackends } from '../adapters/secrets/list.ts';
import { Secret } from '../model/secret.ts';
import type { SecretBackend } from '../ports/secret-backend.ts';
import { ConfigError } from './config-error.ts';
import type { Config } from './schema.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where references are looked up. */
export interface Sources {
  readonly environment: Environment;
  /** What secret managers have answered at this reading of the configuration, by the whole reference. */
  readonly managed: ReadonlyMap<string, Secret> | undefined;
}

/** Where the references of a configuration are looked up. */
export const sourcesOf = (environment: Environment, { managed }: Pick<Config, 'managed'>): Sources => ({ environment, managed });

const readVariable = (name: string, where: string, environment: Environment): Secret => {
  const value = environment[name];
  if (value === undefined || value === '') throw new ConfigError('environment', [{ path: where, message: `the variable ${name} is not set: export it before starting` }]);
  return new Secret(value);
};

const readFile = (path: string, where: string): Secret => {
  try {
    return new Secret(readFileSync(path, 'utf8').replace(/\r?\n$/, ''));
  } catch {
    throw new ConfigError(path, [{ path: where, message: 'the file cannot be read: check the path and its permissions' }]);
  }
};

/** A reference to a secret manager, taken apart. */
export interface ManagedReference {
  readonly backend: SecretBackend;
  /** What stands behind the colon. */
  readonly reference: string;
}

/** Which manager keeps what a value refers to; undefined for every other value. */
export const managedReference = (text: string): ManagedReference | undefined => {
  const backend = secretBackends.find(({ scheme }) => text.startsWith(`${scheme}:`));
  return backend === undefined ? undefined : { backend, reference: text.slice(backend.scheme.length + 1) };
};

type WithSecrets = Pick<Config, 'servers' | 'issuers' | 'signIn'> & Partial<Pick<Config, 'authority' | 'audit' | 'alarms' | 'telemetry'>>;

/** Every value of a configuration that may be a reference to a secret, and where it stands. */
export const secretValuesIn = ({ servers, issuers, signIn, authority, audit, alarms, telemetry }: WithSecrets): readonly { readonly where: string; readonly text: string }[] => {
  const ofServers = Object.entries(servers).flatMap(([server, { env, headers }]) =>
    Object.entries({ env, headers }).flatMap(([section, values]) => Object.entries(values).map(([name, text]) => ({ where: `servers.${server}.${section}.${name}`, text }))));
  const ofIssuers = Object.entries(issuers).flatMap(([issuer, { introspection, revocation }]) =>
    Object.entries({ introspection, revocation }).flatMap(([section, client]) => (client === undefined ? [] : [{ where: `issuers.${issuer}.${section}.clientSecret`, text: client.clientSecret }])));
  const ofClients = Object.entries(authority?.clients ?? {}).flatMap(([id, { clientSecret }]) => (clientSecret === undefined ? [] : [{ where: `authority.clients.${id}.clientSecret`, text: clientSecret }]));
  const ofSignIn = Object.entries(signIn).map(([provider, { clientSecret }]) => ({ where: `signIn.${provider}.clientSecret`, text: clientSecret }));
  const ofSinks = Object.entries(audit?.sinks ?? {}).flatMap(([sink, { secret, headers }]) =>
    Object.entries({ ...Object.fromEntries(Object.entries(headers).map(([header, text]) => [`headers.${header}`, text])), ...(secret === undefined ? {} : { secret }) }).map(([member, text]) => ({ where: `audit.sinks.${sink}.${member}`, text })));
  const ofChannels = Object.entries(alarms?.channels ?? {}).flatMap(([channel, { secret, hook, key, password }]) =>
    Object.entries({ secret, hook, key, password }).flatMap(([member, text]) => (text === undefined ? [] : [{ where: `alarms.channels.${channel}.${member}`, text }])));
  const ofTelemetry = Object.entries({ ...telemetry }).flatMap(([signal, collector]) => Object.entries(collector?.headers ?? {}).map(([header, text]) => ({ where: `telemetry.${signal}.headers.${header}`, text })));
  return [...ofServers, ...ofIssuers, ...ofClients, ...ofSignIn, ...ofSinks, ...ofChannels, ...ofTelemetry];
};

/** Every reference to a secret manager in a configuration, and where it stands. */
export const managedReferencesIn = (config: WithSecrets): readonly (ManagedReference & { readonly where: string; readonly text: string })[] =>
  secretValuesIn(config).flatMap((found) => {
    const managed = managedReference(found.text);
    return managed === undefined ? [] : [{ ...found, ...managed }];
  });

/**
 * Resolves a config value: `env:NAME`, `file:/path` and what a secret manager keeps become secrets, anything else stands for itself.
 * @param where the setting's path, for messages
 * @throws ConfigError when it is not there; its content is never in the message
 */
export const resolveValue = (text: string, where: string, { environment, managed }: Sources): Secret | string => {
  if (text.startsWith('env:')) return readVariable(text.slice(4), where, environment);
  if (text.startsWith('file:')) return readFile(text.slice(5), where);
  if (managedReference(text) === undefined) return text;
  const secret = managed?.get(text);
  if (secret === undefined) throw new ConfigError('secrets', [{ path: where, message: 'what it refers to was not read' }]);
  return secret;
};

/** Resolves all values of a record. */
export const resolveValues = (values: Readonly<Record<string, string>>, where: string, sources: Sources): Readonly<Record<string, Secret | string>> =>
  Object.fromEntries(Object.entries(values).map(([name, text]) => [name, resolveValue(text, `${where}.${name}`, sources)]));
