import { dueKeys } from '../admin/keys/due-keys.ts';
import { CliError, EXIT, type ExitCode } from './exit.ts';
import { findDirectory, readRuntime, type Readiness, type Runtime } from './home.ts';
import { secureReadiness, type SecureAsking } from './secure-readiness.ts';
import { withStore } from './with-store.ts';
import { painter, wantsColour, writeJson, type CommonOptions, type Terminal } from './terminal.ts';

export interface StatusOptions extends CommonOptions, SecureAsking {
  readonly data?: string;
}

const MOST_DUE = 100;

/** Asks a gateway that is said to run here. @throws CliError when it does not answer */
export const readinessOf = async (runtime: Runtime, asking: SecureAsking = {}): Promise<Readiness> => {
  if (runtime.local === undefined) return secureReadiness(runtime, asking);
  try {
    const answer = await fetch(`${runtime.local}/readyz`, { signal: AbortSignal.timeout(3_000) });
    return (await answer.json()) as Readiness; // our own probe's two members
  } catch {
    throw new CliError(`the gateway at ${runtime.url} (pid ${String(runtime.pid)}) does not answer`, { exitCode: EXIT.unreachable, cure: 'start it again; its log says why it ended' });
  }
};

/** `sallyport status`: whether a gateway runs on this data directory, and what is wrong with it in words. */
export const status = async (options: StatusOptions, terminal: Terminal): Promise<ExitCode> => {
  const runtime = readRuntime(findDirectory(options.data, terminal.env));
  if (runtime === undefined) throw new CliError('no gateway runs on this data directory', { exitCode: EXIT.unreachable, cure: 'start one: "sallyport run -- COMMAND" or "sallyport serve -c sallyport.yaml"' });
  const readiness = await readinessOf(runtime, options);
  const due = await withStore(options, terminal, ({ needs: { store, world } }) => dueKeys(store, world.clock.nowMs(), MOST_DUE).map(({ id }) => id));
  if (options.json === true) {
    writeJson(terminal, { ...runtime, ...readiness, keysDue: due });
    return EXIT.ok;
  }
  const paint = painter(wantsColour(terminal.stdout, terminal.env));
  const line = (label: string, text: string): void => void terminal.stdout.write(`  ${paint('dim', label.padEnd(10))} ${text}\n`);
  line('status', paint(readiness.status === 'ready' ? 'green' : 'yellow', readiness.status));
  for (const reason of readiness.reasons ?? []) line('reason', reason);
  line('listening', runtime.url);
  line('servers', runtime.servers.join(', '));
  if (runtime.metrics !== undefined) line('metrics', runtime.metrics);
  if (due.length > 0) line('keys', `${String(due.length)} due for rotation: ${due.slice(0, 3).join(', ')}${due.length > 3 ? ' …' : ''}`);
  line('process', `pid ${String(runtime.pid)}, since ${runtime.startedAt}`);
  return EXIT.ok;
};
