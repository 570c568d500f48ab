import { unwatchFile, watchFile } from 'node:fs';

export type StopSignal = 'SIGTERM' | 'SIGINT';

export interface Signals {
  /** Called on SIGHUP and when the watched file has changed. */
  readonly reload: () => void;
  readonly watch?: string;
}

/** Polling works on every file system and through editors that replace the file. */
const WATCH_MS = 1_000;

/** Resolves with the first signal to stop; a second one ends the process at once. */
export const untilSignal = ({ reload, watch }: Signals): Promise<StopSignal> =>
  new Promise((resolve) => {
    const stop = (signal: NodeJS.Signals): void => {
      process.off('SIGHUP', reload);
      if (watch !== undefined) unwatchFile(watch);
      for (const name of ['SIGTERM', 'SIGINT'] as const) process.removeAllListeners(name).once(name, () => process.exit(130));
      resolve(signal === 'SIGINT' ? 'SIGINT' : 'SIGTERM');
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
    process.on('SIGHUP', reload);
    if (watch !== undefined) watchFile(watch, { interval: WATCH_MS }, reload);
  });
