/** The parts of `process` the commands use, so that a test can hand in its own. */
export interface Terminal {
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
  /** Where secrets come in, which are never flags. */
  readonly stdin?: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What every command takes. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Colour only where a person looks: NO_COLOR wins, then FORCE_COLOR, then the terminal. */
export const wantsColour = (stream: { readonly isTTY?: boolean }, env: Terminal['env']): boolean => {
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false;
  if (env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0') return true;
  return stream.isTTY === true && env['TERM'] !== 'dumb';
};

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

/** Paints text, or leaves it. */
export const painter = (colour: boolean) => (style: keyof typeof CODES, text: string): string => (colour ? `\u001b[${String(CODES[style])}m${text}\u001b[0m` : text);

/** Data: one JSON value per line. */
export const writeJson = (terminal: Terminal, value: unknown): void => void terminal.stdout.write(`${JSON.stringify(value)}\n`);
