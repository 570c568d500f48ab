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
  for (const { text, backend, reference } of references) if (!asked.has(text)) asked.set(text, readSecret(backend, reference, environment));
  const answers = await Promise.allSettled(references.map(({ text }) => asked.get(text)));
  const faults = answers.flatMap((answer, at): readonly ConfigFault[] => {
    if (answer.status === 'fulfilled') return [];
    if (!(answer.reason instanceof SecretUnread)) throw answer.reason;
    return [{ path: references[at]?.where ?? '', message: answer.reason.message }];
  });
  if (faults.length > 0) throw new ConfigError('secrets', faults);
  const managed = new Map(answers.flatMap((answer, at): readonly (readonly [string, Secret])[] => (answer.status === 'fulfilled' && answer.value !== undefined ? [[references[at]?.text ?? '', answer.value]] : [])));
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
