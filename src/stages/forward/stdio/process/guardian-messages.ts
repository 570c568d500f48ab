/** What the gateway tells a guardian: once what to start, later how to end it. */
export type ToGuardian =
  | { readonly kind: 'start'; readonly command: string; readonly args: readonly string[]; readonly cwd: string | undefined; readonly env: Readonly<Record<string, string>> }
  /** SIGTERM to the group, and SIGKILL if that is not enough. */
  | { readonly kind: 'end' }
  | { readonly kind: 'kill' };

/** What a guardian tells the gateway. */
export type FromGuardian =
  | { readonly kind: 'failed'; readonly what: 'command' | 'cwd'; readonly code: string; readonly message: string }
  | { readonly kind: 'exited'; readonly code: number | null; readonly signal: string | null };
