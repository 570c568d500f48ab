/**
 * The guardian: a process of its own that starts one stdio server and outlives the gateway by just long enough.
 *
 * Node cannot ask the kernel to end a child with its parent, and a child may ignore the end of its stdin. So the
 * gateway starts this script instead, as the leader of a process group, and this script starts the real command in that
 * group, with the gateway's pipes as its stdin, stdout and stderr. When the channel to the gateway closes, because the
 * gateway asked or because it was killed, the whole group ends. Should this process be killed, the gateway knows the
 * group by its leader, however early that is. The command, its arguments and its environment come through the channel,
 * so neither /proc/<guardian>/cmdline nor its environ shows anything of them (I05).
 *
 * It has no World: it runs when there is no gateway left to hand one in.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import type { FromGuardian, ToGuardian } from './guardian-messages.ts';

const KILL_AFTER_MS = 2_000;
const IS_WINDOWS = process.platform === 'win32';

let child: ChildProcess | undefined;
let isEnding = false;

/** Says it and goes on; `then` runs also when there is nobody left to tell. */
const tell = (message: FromGuardian, then: () => void): void => {
  if (process.connected && process.send !== undefined) process.send(message, undefined, undefined, then);
  else then();
};

/** The last act: what is left of the group ends, and this process with it. */
const killGroup = (): void => {
  if (IS_WINDOWS) process.exit();
  process.kill(-process.pid, 'SIGKILL');
};

/** Windows has no groups; its own tool knows who belongs to whom. */
const killTree = (): void => {
  if (child?.pid !== undefined) spawn('taskkill', ['/pid', String(child.pid), '/T', '/F'], { stdio: 'ignore' }).on('error', () => undefined);
};

const kill = (): void => {
  if (child === undefined) process.exit();
  if (IS_WINDOWS) killTree();
  else child.kill('SIGKILL');
};

const end = (): void => {
  if (child === undefined) process.exit();
  if (isEnding) return;
  isEnding = true;
  if (IS_WINDOWS) killTree();
  else process.kill(-process.pid, 'SIGTERM');
  setTimeout(kill, KILL_AFTER_MS);
};

const fail = (what: 'command' | 'cwd', error: unknown): void => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'ERROR';
  tell({ kind: 'failed', what, code, message: error instanceof Error ? error.message : String(error) }, () => process.exit());
};

const start = ({ command, args, cwd, env }: Extract<ToGuardian, { kind: 'start' }>): void => {
  try {
    // Told apart from a missing command: spawn reports both as ENOENT.
    if (cwd !== undefined) process.chdir(cwd);
  } catch (error) {
    fail('cwd', error);
    return;
  }
  try {
    child = spawn(command, args, { env, stdio: 'inherit', shell: false, windowsHide: true });
  } catch (error) {
    fail('command', error);
    return;
  }
  child.once('error', (error) => fail('command', error));
  // What the command leaves behind in its group ends with it.
  child.once('exit', (code, signal) => tell({ kind: 'exited', code, signal }, killGroup));
};

const obey = (message: ToGuardian): void => {
  if (message.kind === 'start') start(message);
  else if (message.kind === 'end') end();
  else kill();
};

process.on('message', obey);
process.on('disconnect', end);
// A service manager may signal every process of the service at once, and `end` signals the own group: the order of
// leaving is the gateway's to choose.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
