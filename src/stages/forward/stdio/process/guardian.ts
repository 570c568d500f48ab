/**
 * The guardian: a process of its own that starts one stdio server and outlives the gateway by just long enough.
 *
 * Node cannot ask the kernel to end a child with its parent, and a child may ignore the end of its stdin. So the
 * gateway starts this script instead, which starts the real command in a process group of its own, with the
 * gateway's pipes as its stdin, stdout and stderr. When the channel to the gateway closes, because the gateway asked
 * or because it was killed, the whole group ends. The command, its arguments and its environment come through the
 * channel, so neither /proc/<guardian>/cmdline nor its environ shows anything of them (I05).
 *
 * It has no World: it runs when there is no gateway left to hand one in.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import type { FromGuardian, ToGuardian } from './guardian-messages.ts';

const KILL_AFTER_MS = 2_000;
/** Dying takes the kernel a moment; a zombie that nobody reaps would take for ever. */
const LOOK_AGAIN_MS = 5;
const MOST_LOOKS = 100;

let child: ChildProcess | undefined;
let isEnding = false;

/** Says it and goes on; `then` runs also when there is nobody left to tell. */
const tell = (message: FromGuardian, then: () => void = () => undefined): void => {
  if (process.connected && process.send !== undefined) process.send(message, undefined, undefined, then);
  else then();
};

const signalGroup = (signal: 'SIGTERM' | 'SIGKILL'): void => {
  if (child?.pid === undefined) return;
  try {
    if (process.platform === 'win32') spawn('taskkill', ['/pid', String(child.pid), '/T', '/F'], { stdio: 'ignore' }).on('error', () => undefined);
    else process.kill(-child.pid, signal);
  } catch {
    // Nobody is left in the group.
  }
};

/** True while the group has a member. */
const isInhabited = (): boolean => {
  try {
    return child?.pid !== undefined && process.platform !== 'win32' && process.kill(-child.pid, 0);
  } catch {
    return false;
  }
};

/** Ends what the command leaves behind in its group, and goes on when nobody is left. */
const clear = (then: () => void, looks = MOST_LOOKS): void => {
  signalGroup('SIGKILL');
  if (looks > 0 && isInhabited()) setTimeout(clear, LOOK_AGAIN_MS, then, looks - 1);
  else then();
};

const kill = (): void => {
  if (child === undefined) process.exit();
  signalGroup('SIGKILL');
};

const end = (): void => {
  if (child === undefined) process.exit();
  if (isEnding) return;
  isEnding = true;
  signalGroup('SIGTERM');
  setTimeout(signalGroup, KILL_AFTER_MS, 'SIGKILL');
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
    child = spawn(command, args, { env, stdio: 'inherit', detached: true, shell: false, windowsHide: true });
  } catch (error) {
    fail('command', error);
    return;
  }
  child.once('error', (error) => fail('command', error));
  // At once: should this process be killed now, the gateway must know which group is left.
  if (child.pid !== undefined) tell({ kind: 'started', pid: child.pid });
  child.once('exit', (code, signal) => clear(() => tell({ kind: 'exited', code, signal }, () => process.exit())));
};

const obey = (message: ToGuardian): void => {
  if (message.kind === 'start') start(message);
  else if (message.kind === 'end') end();
  else kill();
};

process.on('message', obey);
process.on('disconnect', end);
// A service manager may signal every process of the service at once; the order of leaving is the gateway's to choose.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
