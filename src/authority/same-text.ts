import { timingSafeEqual } from 'node:crypto';

/** Compares a text that was sent with the one that is right, without telling how much of it is (attacks.md G16). Lengths are of bytes: those of letters may be equal where these are not. */
export const isSameText = (given: string, wanted: string): boolean => {
  const [one, other] = [Buffer.from(given), Buffer.from(wanted)];
  return one.length === other.length && timingSafeEqual(one, other);
};
