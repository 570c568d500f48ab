import type { World } from '../../ports/world.ts';

const RANDOM_BYTES = 8;
const POOL_BYTES = RANDOM_BYTES * 512;

/**
 * Makes request ids: `req_`, the time in milliseconds in base 36 (nine digits until the year 5188, hence sortable), then 64
 * random bits in hexadecimal. Random bytes are drawn in pools, one system call for 512 ids.
 */
export const buildRequestId = ({ clock, random }: Pick<World, 'clock' | 'random'>): (() => string) => {
  let pool = '';
  let at = 0;
  let lastMs = 0;
  let stamp = '';
  return () => {
    if (at >= pool.length) {
      pool = Buffer.from(random.bytes(POOL_BYTES)).toString('hex');
      at = 0;
    }
    const nowMs = clock.nowMs();
    if (nowMs !== lastMs) {
      lastMs = nowMs;
      stamp = nowMs.toString(36).padStart(9, '0');
    }
    at += RANDOM_BYTES * 2;
    return `req_${stamp}${pool.slice(at - RANDOM_BYTES * 2, at)}`;
  };
};
