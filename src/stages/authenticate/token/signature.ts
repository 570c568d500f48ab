import type { CryptoKey } from 'jose';

/** A key that can be had for one algorithm. */
interface Importable {
  importFor(algorithm: string): Promise<CryptoKey>;
}

/**
 * The first of the keys whose signature a compact JWS has. Loaded when the first token comes: a gateway that sees none does not load it.
 * @param algorithm the one the configuration allows; jose refuses every other
 */
export const compactVerifyWith = async <Key extends Importable>(text: string, keys: readonly Key[], algorithm: string): Promise<Key | undefined> => {
  const { compactVerify } = await import('jose');
  for (const key of keys) {
    try {
      await compactVerify(text, await key.importFor(algorithm), { algorithms: [algorithm] });
      return key;
    } catch {
      // Which of the ways it is wrong does not matter: it is none of this key's.
    }
  }
  return undefined;
};
