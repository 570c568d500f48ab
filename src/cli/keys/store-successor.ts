import { rollBackRotation } from '../../admin/operations/roll-back-rotation.ts';
import { runRecorded, type Desk } from '../../admin/terminal-record.ts';
import { SecretUnkept, storeCommand, storeSecret } from '../../adapters/secrets/read-secret.ts';
import { managedReference, type Environment, type ManagedReference } from '../../config/secret-ref.ts';
import type { Secret } from '../../model/secret.ts';
import { CliError, EXIT } from '../exit.ts';

/** Where the secrets of successors are kept: a reference to a manager, in which `{name}` is the name of the key. */
export class SecretPlace {
  readonly #text: string;

  /** @throws CliError when nothing can be kept there, or the old key would end before the new one is kept */
  constructor(text: string, overlap: string) {
    this.#text = text;
    if (overlap === 'now') throw new CliError('with --store the old key has to go on until the new one is kept', { exitCode: EXIT.usage, cure: 'write --overlap 1h, and end it by sallyport keys close' });
    this.#commandFor('name');
  }

  /** The reference for one key. @throws CliError for a name that could be read as another path */
  referenceFor(name: string): string {
    // Whoever names a key must not choose what of the manager is written over.
    if (this.#text.includes('{name}') && !/^[\w-]+(?:\.[\w-]+)*$/.test(name)) throw new CliError('the name of the key has other characters than letters, digits, _, - and single dots, and {name} would put them into the reference', { exitCode: EXIT.usage, cure: 'rotate that key by itself, with a --store that names its place in full' });
    return this.#text.replaceAll('{name}', name);
  }

  /** @throws CliError when two keys would be kept in one place */
  checkApart(names: readonly string[]): void {
    const places = new Set(names.map((name) => this.referenceFor(name)));
    if (places.size < names.length) throw new CliError('several keys would be kept in one place, where only the last would be left', { exitCode: EXIT.usage, cure: 'put {name} into --store, and give the keys names of their own' });
  }

  /** Hands a secret over. @throws SecretUnkept */
  async put(name: string, secret: Secret, environment: Environment): Promise<void> {
    const { backend, reference } = this.#commandFor(name);
    await storeSecret(backend, reference, { secret, environment });
  }

  #commandFor(name: string): ManagedReference {
    const managed = managedReference(this.referenceFor(name));
    if (managed === undefined) throw new CliError('--store names no secret manager', { exitCode: EXIT.usage, cure: 'write a reference, such as --store vault:kv/mcp/{name}#token' });
    try {
      storeCommand(managed.backend, managed.reference);
    } catch (error) {
      if (error instanceof SecretUnkept) throw new CliError(`--store: ${error.message}`, { exitCode: EXIT.usage, cure: 'see docs/keys.md#rotating-by-a-secret-manager' });
      throw error;
    }
    return managed;
  }
}

/**
 * Keeps the secret of a successor; where that fails the rotation is taken back, so that no key is left whose secret nobody has (D9).
 * @returns why it could not be kept, when it could not
 */
export const storeSuccessor = async ({ id, name, secret }: { readonly id: string; readonly name: string; readonly secret: Secret }, place: SecretPlace, { desk, environment }: { readonly desk: Desk; readonly environment: Environment }): Promise<string | undefined> => {
  try {
    await place.put(name, secret, environment);
    return undefined;
  } catch (error) {
    await runRecorded(rollBackRotation, { id }, desk);
    if (error instanceof SecretUnkept || error instanceof CliError) return error.message;
    throw error;
  }
};
