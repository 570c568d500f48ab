import { seededRandom } from './seeded-random.ts';

/** Characters as a provider makes them, so that no test holds a secret that a scanner would find. */
export const secretMaker = (seed: string): ((length: number, alphabet?: string) => string) => {
  const random = seededRandom(seed);
  return (length, alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789') => [...random.bytes(length)].map((byte) => alphabet[byte % alphabet.length] ?? '').join('');
};
