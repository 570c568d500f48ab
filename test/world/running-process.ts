import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from './until.ts';

export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };
export type Command = readonly [file: string, ...args: string[]];
/** `hears`: whether it can be told something; otherwise it has no stdin. */
export type ProcessOptions = { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string; readonly hears?: boolean };

export type RunningProcess = AsyncDisposable & {
  readonly pid: number;
  /** Sends a signal, and waits for nothing. */
  signal(name: NodeJS.Signals): void;
  /** Writes a line to its stdin, where it hears. */
  tell(line: string): void;
  readonly exited: Promise<Exit>;
  /** Aborted, with the reason in words, as soon as it is no longer there. */
  readonly gone: AbortSignal;
  /** All it has written so far, the newest part if it is much. */
  stdout(): string;
  stderr(): string;
  /** The first match in what it writes to stdout; fails when it exits first. */
  says(pattern: RegExp, withinMs?: number): Promise<RegExpExecArray>;
  /** Asks it to end, insists after a while, and waits until it is gone. */
  stop(): Promise<Exit>;
};

const politeMs = 5000;
const lingerMs = 500;
const keptCharacters = 200_000;
const living = new Set<ChildProcess>();

// A child must not outlive us, whatever ends us; `exit` handlers have no time for a polite SIGTERM.
process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

/** Only what a program needs to run: a test must not depend on the variables of whoever starts it. */
function plainEnvironment(): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME, NO_COLOR: '1' };
}

function collect(stream: Readable | null): () => string {
  let text = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-keptCharacters);
  });
  return () => text;
}

/** `close` comes when all output is read, but never while a grandchild still holds the pipes, so it has a bound. */
async function ended(child: ChildProcess): Promise<Exit> {
  try {
    const closed = once(child, 'close');
    closed.catch(() => undefined);
    await once(child, 'exit');
    await Promise.race([closed, pause(lingerMs, undefined, { ref: false })]);
    return { code: child.exitCode, signal: child.signalCode };
  } finally {
    living.delete(child);
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

async function stop(child: ChildProcess, exited: Promise<Exit>): Promise<Exit> {
  child.kill('SIGTERM');
  const insist = setTimeout(() => child.kill('SIGKILL'), politeMs);
  try {
    return await exited;
  } finally {
    clearTimeout(insist);
  }
}

export function startProcess([file, ...args]: Command, options: ProcessOptions = {}): RunningProcess {
  const { cwd, env, hears = false } = options;
  const child = spawn(file, args, { cwd, env: { ...plainEnvironment(), ...env }, stdio: [hears ? 'pipe' : 'ignore', 'pipe', 'pipe'] });
  // One that is gone already says so by `exited`, not by its pipe.
  child.stdin?.on('error', () => undefined);
  living.add(child);
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const exited = ended(child);
  const gone = new AbortController();
  exited.then(
    (exit) => gone.abort(new Error(`${[file, ...args].join(' ')}\nended (${exit.signal ?? exit.code}) saying:\n${stderr()}`)),
    (error: unknown) => gone.abort(error),
  );
  const says = (pattern: RegExp, withinMs = 15_000): Promise<RegExpExecArray> =>
    until(`${file} writes ${pattern}`, async () => pattern.exec(stdout()) ?? undefined, { withinMs, signal: gone.signal });
  return {
    pid: child.pid ?? 0,
    signal: (name) => void child.kill(name),
    tell: (line) => void child.stdin?.write(`${line}\n`),
    exited,
    gone: gone.signal,
    stdout,
    stderr,
    says,
    stop: () => stop(child, exited),
    // What never ran needs no ending; why it did not is told by `exited` and `gone`.
    [Symbol.asyncDispose]: () => stop(child, exited).then(
      () => undefined,
      () => undefined,
    ),
  };
}
