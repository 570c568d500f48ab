import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { availableParallelism } from 'node:os';

/** A process under test. */
export interface Subject {
  readonly name: string;
  readonly port: number;
  readonly child: ChildProcess;
}

const canPin = availableParallelism() >= 2 && spawnSync('taskset', ['-V']).status === 0;

interface Options {
  readonly core: number;
  readonly env?: Record<string, string>;
  /** A file that takes what it says, open for writing. */
  readonly into?: number;
}

/** Runs a program on one core of its own where the machine allows it, so that the load does not take its time. */
const spawnPinned = (program: readonly string[], { core, env, into }: Options): ChildProcess => {
  const words = canPin ? ['taskset', '-c', String(core), ...program] : program;
  const child = spawn(words[0] ?? '', words.slice(1), { stdio: ['ignore', into ?? 'pipe', into ?? 'inherit'], env: { ...process.env, ...env } });
  started.push(child);
  return child;
};

/** None of them outlives the benchmark, however it ends. */
const started: ChildProcess[] = [];
process.once('exit', () => {
  for (const child of started) child.kill();
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const spawnNode = (args: readonly string[], options: Options): ChildProcess => spawnPinned([process.execPath, ...args], options);

/** Starts a process whose first line on stdout is JSON with its `port`, or `urls`. */
export const start = async (name: string, args: readonly string[], options: Options): Promise<Subject> => {
  const child = spawnNode(args, options);
  const line = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
    });
    child.once('exit', (code) => reject(new Error(`${name} ended with ${String(code)}`)));
  });
  const port = /"port":(\d+)/.exec(line)?.[1] ?? /:(\d+)\/mcp/.exec(line)?.[1];
  if (port !== undefined) return { name, port: Number(port), child };
  await stop({ name, port: 0, child });
  throw new Error(`${name} says no port: ${line.slice(0, 80)}`);
};

/** Starts a process that says nothing, and waits until its `/readyz` answers 200. */
export const startQuiet = async (named: { readonly name: string; readonly port: number }, args: readonly string[], options: Options): Promise<Subject> => {
  const child = spawnNode(args, options);
  await until({ ...named, child }, isReady);
  return { ...named, child };
};

/** Waits for a process that was started; one that does not come up is ended. */
const until = async (subject: Subject, holds: (port: number) => Promise<boolean>): Promise<void> => {
  const giveUpAt = performance.now() + 20_000;
  while (!(await holds(subject.port))) {
    const { exitCode, pid } = subject.child;
    if (exitCode !== null || pid === undefined || performance.now() > giveUpAt) {
      if (pid !== undefined) await stop(subject);
      throw new Error(`${subject.name} did not start`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

/** Starts a program that says nothing of use, and waits until somebody listens on its port. */
export const startListening = async (named: { readonly name: string; readonly port: number }, program: readonly string[], options: Options): Promise<Subject> => {
  const child = spawnPinned(program, options);
  child.once('error', () => undefined); // it has no exit code then, and never listens
  child.stdout?.resume();
  await until({ ...named, child }, isListening);
  return { ...named, child };
};

const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    }).on('error', () => resolve(false));
  });

const isReady = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${String(port)}/readyz`).then(
    (response) => response.status === 200,
    () => false,
  );

const threadNanos = (path: string): number => {
  try {
    return Number(readFileSync(path, 'utf8').split(' ')[0]);
  } catch {
    return 0; // it ended between the listing and the look
  }
};

/** User and system CPU time of the process and all its threads in µs, from the operating system; undefined where there is no /proc. */
export const cpuMicros = ({ child }: Subject): number | undefined => {
  const tasks = `/proc/${String(child.pid)}/task`;
  if (!existsSync(tasks)) return undefined;
  return readdirSync(tasks).reduce((sum, task) => sum + threadNanos(`${tasks}/${task}/schedstat`), 0) / 1000;
};

/** Resident memory in MB. */
export const residentMb = ({ child }: Subject): number | undefined => {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${String(child.pid)}/status`, 'utf8'))?.[1]) / 1024;
  } catch {
    return undefined;
  }
};

/** User and system CPU time in µs of the processes that it started and that have ended, in steps of 10 ms. */
export const endedMicros = ({ child }: Subject): number => {
  const fields = readFileSync(`/proc/${String(child.pid)}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[13]) + Number(fields[14])) * 10_000;
};

const PATIENCE_MS = 5_000;

export const stop = async ({ child }: Subject): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  await gone;
  clearTimeout(timer);
};
