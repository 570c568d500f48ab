import { readFileSync } from 'node:fs';
import { Secret } from '../model/secret.ts';
import { ConfigError } from './config-error.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Resolves a config value: `env:NAME` and `file:/path` become secrets, anything else stands for itself.
 * @param where the setting's path, for messages
 * @throws ConfigError when the variable or file is not there; its content is never in the message
 */
export const resolveValue = (text: string, where: string, environment: Environment): Secret | string => {
  if (text.startsWith('env:')) {
    const name = text.slice(4);
    const value = environment[name];
    if (value === undefined || value === '') throw new ConfigError('environment', [{ path: where, message: `the variable ${name} is not set: export it before starting` }]);
    return new Secret(value);
  }
  if (!text.startsWith('file:')) return text;
  const path = text.slice(5);
  try {
    return new Secret(readFileSync(path, 'utf8').replace(/\r?\n$/, ''));
  } catch {
    throw new ConfigError(path, [{ path: where, message: 'the file cannot be read: check the path and its permissions' }]);
  }
};

/** Resolves all values of a record. */
export const resolveValues = (values: Readonly<Record<string, string>>, where: string, environment: Environment): Readonly<Record<string, Secret | string>> =>
  Object.fromEntries(Object.entries(values).map(([name, text]) => [name, resolveValue(text, `${where}.${name}`, environment)]));
