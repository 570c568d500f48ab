import { readKept, readSecret, SecretUnread } from '../adapters/secrets/read-secret.ts';
import { ConfigError, type ConfigFault } from '../config/config-error.ts';
import { managedReference, managedReferencesIn, type Environment } from '../config/secret-ref.ts';
import type { Config } from '../config/schema.ts';
import type { Secret } from '../model/secret.ts';

/**
 * Asks secret managers for everything that a configuration refers to, each secret once.
 * @returns the configuration with their answers
 * @throws ConfigError with every reference that could not be read
 */
export const withManagedSecrets = async (config: Config, environment: Environment): Promise<Config> => {
  const references = managedReferencesIn(config);
  if (references.length === 0) return config;
  const asked = new Map<string, Promise<Secret>>();
  const managed = new Map<string, Secret>();
  const ask = async ({ text, where, backend, reference }: (typeof references)[number]): Promise<readonly ConfigFault[]> => {
    const answer = asked.get(text) ?? readSecret(backend, reference, environment);
    asked.set(text, answer);
    try {
      managed.set(text, await answer);
      return [];
    } catch (error) {
      if (error instanceof SecretUnread) return [{ path: where, message: error.message }];
      throw error;
    }
  };
  const faults = (await Promise.all(references.map(ask))).flat();
  if (faults.length > 0) throw new ConfigError('secrets', faults);
  return Object.freeze({ ...config, managed });
};

/** The text of a variable that may be a reference to a secret manager in its place. @throws ConfigError */
export const readVariable = async (name: string, value: string | undefined, environment: Environment): Promise<string | undefined> => {
  const managed = value === undefined ? undefined : managedReference(value.trim());
  if (managed === undefined) return value;
  try {
    return await readKept(managed.backend, managed.reference, environment);
  } catch (error) {
    if (error instanceof SecretUnread) throw new ConfigError(name, [{ path: '', message: error.message }]);
    throw error;
  }
};
