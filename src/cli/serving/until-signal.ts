import { unwatchFile, watchFile } from 'node:fs';

export type StopSignal = 'SIGTERM' | 'SIGINT';

export interface Signals {
  /** Called on SIGHUP and when a watched file has changed. */
  readonly reload: () => void | Promise<void>;
  /** Asked when the process starts and after each reload: what is read may name other files. */
  readonly watch?: () => readonly string[];
}

/** Polling works on every file system and through editors that replace the file. */
const WATCH_MS = 1_000;

/** The files whose changes are followed. */
class Watched {
  readonly #paths = new Set<string>();
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Follows these from now on, and no others. */
  follow(paths: readonly string[]): void {
    for (const path of this.#paths) if (!paths.includes(path)) this.#drop(path);
    for (const path of paths) {
      if (!this.#paths.has(path)) watchFile(path, { interval: WATCH_MS }, this.#changed);
      this.#paths.add(path);
    }
  }

  #drop(path: string): void {
    unwatchFile(path, this.#changed);
    this.#paths.delete(path);
  }
}

/** Resolves with the first signal to stop; a second one ends the process at once. */
export const untilSignal = ({ reload: reread, watch = () => [] }: Signals): Promise<StopSignal> =>
  new Promise((resolve) => {
    const reload = (): void => void Promise.resolve(reread()).then(() => watched.follow(watch()));
    const watched = new Watched(reload);
    const stop = (signal: NodeJS.Signals): void => {
      process.off('SIGHUP', reload);
      watched.follow([]);
      for (const name of ['SIGTERM', 'SIGINT'] as const) process.removeAllListeners(name).once(name, () => process.exit(130));
      resolve(signal === 'SIGINT' ? 'SIGINT' : 'SIGTERM');
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
    process.on('SIGHUP', reload);
    watched.follow(watch());
  });
