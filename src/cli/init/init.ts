import { existsSync, writeFileSync } from 'node:fs';
import { counted } from '../../model/counted.ts';
import { CliError, EXIT, type ExitCode } from '../exit.ts';
import { readConfigFile } from '../read-config.ts';
import { painter, wantsColour, writeJson, type CommonOptions, type Terminal } from '../terminal.ts';
import { choose, type InitOptions } from './choices.ts';
import { stepsFor, type Scene } from './steps.ts';
import { configurationFor, providerVariables } from './template.ts';

export type InitCommandOptions = CommonOptions & InitOptions & { readonly config?: string; readonly data?: string };

/** A step as it was found. */
interface Found {
  readonly title: string;
  readonly state: 'done' | 'next' | 'later';
  /** What to do, where it is the next. */
  readonly todo: readonly string[];
}

/** Looks at one step after the other, and at none behind the first that is open: what it would say could not be relied on. */
const walk = async (scene: Scene): Promise<readonly Found[]> => {
  const found: Found[] = [];
  for (const { title, open } of stepsFor(scene.config)) {
    const isLater = found.some(({ state }) => state !== 'done');
    const todo = isLater ? [] : await open(scene);
    found.push({ title, todo, state: isLater ? 'later' : todo.length > 0 ? 'next' : 'done' });
  }
  return found;
};

const write = async (path: string, { options, command, terminal }: { readonly options: InitOptions; readonly command: readonly string[]; readonly terminal: Terminal }): Promise<void> => {
  const choices = await choose(options, command, terminal);
  const clientId = choices.signIn === undefined ? undefined : terminal.env[providerVariables(choices.signIn).id];
  try {
    // Never over something that somebody has written meanwhile.
    writeFileSync(path, configurationFor(choices, clientId), { flag: 'wx' });
  } catch (cause) {
    throw new CliError(`${path} cannot be written`, { exitCode: EXIT.failure, cure: 'check the folder and its permissions, or name another file with -c', cause });
  }
};

const MARKS = { done: '✓', next: '→', later: '·' } as const;

const print = (steps: readonly Found[], { stdout, env }: Terminal): void => {
  const paint = painter(wantsColour(stdout, env));
  for (const [index, { title, state, todo }] of steps.entries()) {
    stdout.write(`  ${String(index + 1)} ${paint(state === 'done' ? 'green' : state === 'next' ? 'yellow' : 'dim', MARKS[state])} ${title}\n`);
    for (const line of todo) stdout.write(`      ${line}\n`);
  }
  stdout.write(steps.every(({ state }) => state === 'done') ? '  all of it is there\n' : '  then type "sallyport init" again: it looks whether that is done, and says what comes next\n');
};

/**
 * `sallyport init`: writes a first configuration from at most four answers (R128), and where there is one, says which step comes next (R59).
 * A file that is there is never written.
 */
export const init = async (options: InitCommandOptions, command: readonly string[], terminal: Terminal): Promise<ExitCode> => {
  const path = options.config ?? 'sallyport.yaml';
  const isNew = !existsSync(path);
  if (!isNew && (command.length > 0 || options.server !== undefined || options.profile !== undefined)) {
    throw new CliError(`${path} is there already, and nothing is written over it`, { exitCode: EXIT.usage, cure: `edit it, or name another with -c; "sallyport init" alone says what is still to be done` });
  }
  if (isNew) await write(path, { options, command, terminal });
  const config = readConfigFile(path, terminal.env);
  const steps = await walk({ path, config, data: options.data, terminal });
  const isDone = steps.every(({ state }) => state === 'done');
  if (options.json === true) writeJson(terminal, { file: path, written: isNew, profile: config.profile, steps });
  else if (options.quiet !== true) {
    terminal.stdout.write(`${isNew ? 'wrote' : 'read'} ${path}: ${config.profile}, ${counted(Object.keys(config.servers).length, 'server')}\n`);
    print(steps, terminal);
  }
  return isNew || isDone ? EXIT.ok : EXIT.findings;
};
