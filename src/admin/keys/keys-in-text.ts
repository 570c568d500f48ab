import { inspectApiKey } from '../../model/api-key.ts';
import { Secret } from '../../model/secret.ts';

/** Whatever begins like one of our keys, as far as its characters go. */
const BEGUN = /sally_(?:live|test)_[0-9A-Za-z]*/g;

/** How long a whole key is. */
const WHOLE = 'sally_live_'.length + 49;

export interface KeysInText {
  /** Each key once, in the order of the text. */
  readonly sound: readonly Secret[];
  /** How many begin like a key and have a wrong checksum: cut off, or mistyped. */
  readonly damaged: number;
}

/**
 * The keys of ours in any text, such as a line of a log. What follows a key without a gap is no part of it: the checksum says where a key ends,
 * so nothing is taken for a key by chance.
 */
export const keysInText = (text: string): KeysInText => {
  const sound = new Set<string>();
  let damaged = 0;
  for (const [begun] of text.matchAll(BEGUN)) {
    const key = begun.slice(0, WHOLE);
    if (inspectApiKey(key).kind === 'sound') sound.add(key);
    else damaged += 1;
  }
  return { sound: [...sound].map((key) => new Secret(key)), damaged };
};
