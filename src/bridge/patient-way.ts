import type { IncomingMessage } from 'node:http';
import type { Clock } from '../ports/world.ts';
import { Unreached, type Outgoing, type Way } from './post.ts';

/** Pauses between attempts, together a quarter of a minute: as long as a gateway may take to be started again. */
const PAUSES_MS = [250, 500, 1_000, 2_000, 4_000, 8_000];

/** Whether trying again could help: a certificate that is not trusted stays so. */
const mayPass = ({ code, isUnsent }: Unreached): boolean => isUnsent && /^(?:ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EHOST|ENET|EPIPE)/.test(code);

/** Resolves after the time, or at once when the signal fires. */
export const pause = (clock: Clock, ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const over = (): void => {
      cancel();
      signal.removeEventListener('abort', over);
      resolve();
    };
    const cancel = clock.after(ms, over);
    signal.addEventListener('abort', over);
  });

/**
 * Sends, and while the gateway cannot be reached tries again for a while; what may have arrived is never sent twice.
 * @param way read for each attempt: a renewed certificate is shown from the next one on
 * @throws Unreached when it stays away
 */
export const sendPatiently = async (way: () => Way, outgoing: Outgoing, clock: Clock): Promise<IncomingMessage> => {
  for (const ms of [...PAUSES_MS, undefined]) {
    try {
      return await way().send(outgoing);
    } catch (error) {
      if (ms === undefined || !(error instanceof Unreached) || !mayPass(error) || outgoing.signal.aborted) throw error;
      await pause(clock, ms, outgoing.signal);
    }
  }
  throw new Error('unreachable: the last attempt returns or throws');
};
