import type { World } from '../../ports/world.ts';

const POOL_BYTES = 8 * 512;
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

const base32 = (value: number, length: number): string => {
  let rest = value;
  let text = '';
  for (let at = 0; at < length; at += 1) {
    text = ALPHABET.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
};

/**
 * Makes request ids: `req_`, the time in milliseconds (sortable), then 60 random bits. Random bytes are drawn in pools,
 * one system call for 512 ids.
 */
export const buildRequestId = ({ clock, random }: Pick<World, 'clock' | 'random'>): (() => string) => {
  let pool = Buffer.alloc(0);
  let at = 0;
  return () => {
    if (at + 8 > pool.length) {
      pool = Buffer.from(random.bytes(POOL_BYTES));
      at = 0;
    }
    const high = pool.readUInt32LE(at) % 2 ** 30;
    const low = pool.readUInt32LE(at + 4) % 2 ** 30;
    at += 8;
    return `req_${base32(clock.nowMs(), 9)}${base32(high, 6)}${base32(low, 6)}`;
  };
};
