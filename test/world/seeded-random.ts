import { createHash } from 'node:crypto';
import type { Random } from '../../src/ports/world.ts';

/** Bytes that look random and are the same in each run; another seed gives other bytes. */
export const seededRandom = (seed = 'sallyport'): Random => {
  let drawn = 0;
  return {
    bytes(length) {
      drawn += 1;
      return createHash('shake256', { outputLength: length }).update(`${seed} ${drawn}`).digest();
    },
  };
};
