import { execFile } from 'node:child_process';
import { redactText } from '../../model/redaction.ts';
import { Secret } from '../../model/secret.ts';
import type { SecretBackend } from '../../ports/secret-backend.ts';

/** A secret could not be had; the message says why and what to do, and never shows what was printed on stdout. */
export class SecretUnread extends Error {}

const TIMEOUT_MS = 15_000;
const MAX_BYTES = 64 * 1024;

/** A secret could not be kept; the message says why and what to do. */
export class SecretUnkept extends Error {}

/** What any program needs to run at all. */
const COMMON = ['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'TMPDIR', 'SystemRoot', 'APPDATA', 'LOCALAPPDATA', 'USERPROFILE', 'PATHEXT', 'XDG_CONFIG_HOME', 'SSL_CERT_FILE', 'SSL_CERT_DIR'];

type Environment = Readonly<Record<string, string | undefined>>;

/** The manager's own variables and no others: one manager's credential is none of another's business. */
const environmentFor = ({ variables }: SecretBackend, environment: Environment): Record<string, string> => {
  const isWanted = (name: string): boolean => COMMON.includes(name) || variables.some((wanted) => (wanted.endsWith('_') ? name.startsWith(wanted) : name === wanted));
  return Object.fromEntries(Object.entries(environment).flatMap(([name, value]) => (value !== undefined && isWanted(name) ? [[name, value]] : [])));
};

interface Ended {
  readonly error: (Error & { readonly code?: unknown; readonly killed?: boolean }) | null;
  readonly stdout: string;
  readonly stderr: string;
}

const run = ([program, ...args]: readonly [string, ...string[]], env: Record<string, string>, input = ''): Promise<Ended> =>
  new Promise((resolve) => {
    const child = execFile(program, args, { env, timeout: TIMEOUT_MS, killSignal: 'SIGKILL', maxBuffer: MAX_BYTES, windowsHide: true, encoding: 'utf8' }, (error, stdout, stderr) => resolve({ error, stdout, stderr }));
    // A program that asks for a password must not wait for one; one that does not read what it is given says so by its code.
    child.stdin?.on('error', () => undefined).end(input);
  });

const whyNot = (program: string, { error, stderr }: Ended): string => {
  if (error?.code === 'ENOENT') return `${program} is not there: install it, or put it on the PATH`;
  if (error?.code === 'EACCES') return `${program} may not be run: check its permissions`;
  if (error?.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return `${program} printed more than ${String(MAX_BYTES)} bytes: name one secret`;
  if (error?.killed === true) return `${program} did not answer within ${String(TIMEOUT_MS / 1000)} s: try it in a shell`;
  const [said = ''] = stderr.split('\n').filter((line) => line.trim() !== '');
  return `${program} ended with code ${String(error?.code)}${said === '' ? '' : ` (${redactText(said.trim()).slice(0, 200)})`}: try it in a shell`;
};

/**
 * Asks a manager for a secret, for a reader that takes it apart.
 * @param reference what stands behind the scheme's colon
 * @throws SecretUnread
 */
export const readKept = async (backend: SecretBackend, reference: string, environment: Environment): Promise<string> => {
  const command = backend.commandFor(reference);
  if (typeof command === 'string') throw new SecretUnread(command);
  const ended = await run(command, environmentFor(backend, environment));
  if (ended.error !== null) throw new SecretUnread(whyNot(command[0], ended));
  const printed = ended.stdout.replace(/\r?\n$/, '');
  const found = backend.pick === undefined ? printed : backend.pick(printed, reference);
  if (found === undefined || found === '') throw new SecretUnread(`${command[0]} has no such secret: look at the reference, such as ${backend.example}`);
  return found;
};

/** The same, for everybody else: a value that shows itself to nobody. @throws SecretUnread */
export const readSecret = async (backend: SecretBackend, reference: string, environment: Environment): Promise<Secret> => new Secret(await readKept(backend, reference, environment));

/** The program that keeps a secret under a reference. @throws SecretUnkept when the manager or the reference cannot be written to */
export const storeCommand = ({ scheme, storeCommandFor }: SecretBackend, reference: string): readonly [string, ...string[]] => {
  if (storeCommandFor === undefined) throw new SecretUnkept(`the program of ${scheme}: takes a secret as an argument only, which every process could see: name another manager, or exec: with a program that reads stdin`);
  const command = storeCommandFor(reference);
  if (typeof command === 'string') throw new SecretUnkept(command);
  return command;
};

/** Hands a secret to a manager, on the stdin of its program. @throws SecretUnkept */
export const storeSecret = async (backend: SecretBackend, reference: string, { secret, environment }: { readonly secret: Secret; readonly environment: Environment }): Promise<void> => {
  const command = storeCommand(backend, reference);
  const ended = await run(command, environmentFor(backend, environment), secret.reveal());
  if (ended.error !== null) throw new SecretUnkept(whyNot(command[0], ended));
};
