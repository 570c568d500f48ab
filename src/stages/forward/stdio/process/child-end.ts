/** How a child ended; `not-started` never ran. */
export type ChildEnd =
  | { readonly kind: 'not-started'; readonly what: 'command' | 'cwd'; readonly code: string; readonly message: string }
  | { readonly kind: 'exited'; readonly code: number | null; readonly signal: string | null };

export interface EndContext {
  readonly command: string;
  readonly cwd?: string;
  /** The last lines, already masked. */
  readonly stderr: readonly string[];
}

const CURES: Readonly<Record<string, string>> = {
  ENOENT: 'install it, or give its full path in "command"; the gateway may see another PATH than your shell',
  EACCES: 'make the file executable (chmod +x), or start it through its interpreter',
  ENOEXEC: 'the file is no program for this machine; start it through its interpreter',
};

/** Says how a child ended and what to do about it: for the log and the `reason` of an error, never for a caller. */
export const endInWords = (end: ChildEnd, { command, cwd, stderr }: EndContext): string => {
  const said = stderr.length === 0 ? 'It wrote nothing to stderr.' : `Its last lines on stderr: ${stderr.join(' ⏎ ')}.`;
  if (end.kind === 'not-started' && end.what === 'cwd') return `The folder "${cwd ?? ''}" of "${command}" cannot be entered (${end.code}); create it or correct "cwd".`;
  if (end.kind === 'not-started') return `The command "${command}" cannot be started (${end.code}): ${CURES[end.code] ?? end.message}.`;
  const how = end.signal === null ? `exited with code ${end.code ?? 'unknown'}` : `was ended by ${end.signal}`;
  const cure = end.code === 127 ? 'A program it calls was not found; check PATH and "args".' : 'Run the command by hand with the same arguments and environment to see more.';
  return `The command "${command}" ${how}. ${said} ${cure}`;
};
