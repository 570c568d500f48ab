import { inspectApiKey } from '../../model/api-key.ts';
import { Secret } from '../../model/secret.ts';
import type { Detector } from '../finding.ts';

const BEGUN = /sally_(?:live|test)_[0-9A-Za-z]{49}/g;

/** Keys of ours, by their checksum: what has the form and another one was never made (R86). */
export const ours: Detector = {
  detect: (text) =>
    [...text.matchAll(BEGUN)].flatMap(({ 0: key, index }) => {
      const shape = inspectApiKey(key);
      return shape.kind === 'sound' ? [{ rule: 'sallyport-key', what: `a ${shape.environment} key of Sallyport, whose checksum holds`, certainty: 'certain' as const, from: index, to: index + key.length, secret: new Secret(key) }] : [];
    }),
};
