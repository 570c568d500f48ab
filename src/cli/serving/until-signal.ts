import { unwatchFile, watchFile } from 'node:fs';

export type StopSignal = 'SIGTERM' | 'SIGINT';

export interface Signals {
  /** Called on SIGHUP and when a watched file has changed. */
  readonly reload: () => void;
  readonly watch?: readonly string[];
}

/** Polling works on every file system and through editors that replace the file. */
const WATCH_MS = 1_000;

/** Resolves with the first signal to stop; a second one ends the process at once. */
export const untilSignal = ({ reload, watch = [] }: Signals): Promise<StopSignal> =>
  new Promise((resolve) => {
    const stop = (signal: NodeJS.Signals): void => {
      process.off('SIGHUP', reload);
      for (const path of watch) unwatchFile(path, reload);
      for (const name of ['SIGTERM', 'SIGINT'] as const) process.removeAllListeners(name).once(name, () => process.exit(130));
      resolve(signal === 'SIGINT' ? 'SIGINT' : 'SIGTERM');
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
    process.on('SIGHUP', reload);
    for (const path of watch) watchFile(path, { interval: WATCH_MS }, reload);
  });
