import { promises as files } from 'node:fs';
import { linesIn, type LineFormat, type TrailRow } from '../formats/line-formats.ts';
import { required, type Receiver, type ReceiverKind } from './receiver.ts';

const DEFAULTS = { maxBytes: 100 * 1024 * 1024, keepFiles: 10, format: 'json' } as const;

/** Longer than a record is ever. */
const TAIL_BYTES = 1024 * 1024;

interface FileSettings {
  readonly path: string;
  readonly maxBytes: number;
  readonly keepFiles: number;
  readonly format: LineFormat;
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';

const rename = async (from: string, to: string): Promise<void> => {
  try {
    await files.rename(from, to);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
};

/** A file of lines: what is appended is on the disk before it counts as taken, and a line that a crash has cut off is taken back, because it is sent again. */
class LinesFile implements Receiver {
  readonly #settings: FileSettings;
  #mended = false;

  constructor(settings: FileSettings) {
    this.#settings = settings;
  }

  async send(rows: readonly TrailRow[]): Promise<void> {
    const bytes = Buffer.from(linesIn(this.#settings.format, rows).map((line) => `${line}\n`).join(''));
    if (bytes.length === 0) return;
    if (!this.#mended) await this.#mend();
    this.#mended = true;
    await this.#rotate(bytes.length);
    const file = await files.open(this.#settings.path, 'a', 0o600);
    try {
      await file.appendFile(bytes);
      await file.datasync();
    } catch (error) {
      // A part of it may be there: looked at again before the next line.
      this.#mended = false;
      throw error;
    } finally {
      await file.close();
    }
  }

  close(): void {
    // Nothing stays open between two batches.
  }

  /** Takes back the half line at the end. */
  async #mend(): Promise<void> {
    const file = await files.open(this.#settings.path, 'a+', 0o600);
    try {
      const { size } = await file.stat();
      const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
      await file.read(tail, 0, tail.length, size - tail.length);
      const whole = tail.lastIndexOf(0x0a) + 1;
      if (whole < tail.length) await file.truncate(size - tail.length + whole);
    } finally {
      await file.close();
    }
  }

  /** `path` becomes `path.1`, that one `path.2` and so on; the last of them goes. */
  async #rotate(more: number): Promise<void> {
    const { path, maxBytes, keepFiles } = this.#settings;
    const { size } = await files.stat(path).catch((error: unknown) => {
      if (isMissing(error)) return { size: 0 };
      throw error;
    });
    if (size === 0 || size + more <= maxBytes) return;
    for (let at = keepFiles - 1; at >= 1; at -= 1) await rename(`${path}.${String(at)}`, `${path}.${String(at + 1)}`);
    if (keepFiles === 0) await files.rm(path, { force: true });
    else await rename(path, `${path}.1`);
  }
}

/** A file that rotates by its size. */
export const linesFile: ReceiverKind<'file'> = {
  kind: 'file',
  requires: ['path'],
  takes: ['path', 'maxBytes', 'keepFiles', 'format'],
  build: ({ path, maxBytes = DEFAULTS.maxBytes, keepFiles = DEFAULTS.keepFiles, format = DEFAULTS.format }) => new LinesFile({ path: required(path, 'path'), maxBytes, keepFiles, format }),
};
