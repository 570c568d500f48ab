import { join } from 'node:path';
import { freePort } from './ports.ts';
import { startProcess } from './running-process.ts';
import type { Command, RunningProcess } from './running-process.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { until } from './until.ts';

export type KeyDescription = {
  readonly name: string;
  readonly userId: string;
  readonly role: string;
  readonly permissions: readonly string[];
};

export type GatewayOptions = {
  /** What stands behind the gateway: a URL, or the command of a stdio server. */
  readonly upstream: string | Command;
  readonly name?: string;
  /** API keys by their secret; without any given there is one that may do everything. */
  readonly keys?: Readonly<Record<string, KeyDescription>>;
  /** Further options of `run`, before the upstream. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly readyWithinMs?: number;
};

export type GatewayProcess = AsyncDisposable & {
  /** The MCP endpoint, and the origin it is on. */
  readonly url: string;
  readonly origin: string;
  /** The first of the keys. */
  readonly key: string;
  readonly dataFolder: string;
  readonly process: RunningProcess;
};

const mainFile = join(import.meta.dirname, '../../src/main.ts');

const allPowerfulKey = {
  'test-key-0123456789abcdef': { name: 'tester', userId: 'tester', role: 'user', permissions: ['*'] },
};

function commandLine(options: GatewayOptions, port: number, dataFolder: string): Command {
  const { upstream, name = 'fixture', flags = [] } = options;
  const target = typeof upstream === 'string' ? [upstream] : ['--', ...upstream];
  return [process.execPath, mainFile, 'run', '--port', String(port), '--name', name, '--data', dataFolder, ...flags, ...target];
}

async function answersReady(origin: string): Promise<true | undefined> {
  try {
    const response = await fetch(`${origin}/readyz`, { signal: AbortSignal.timeout(1000) });
    await response.body?.cancel();
    return response.status === 200 ? true : undefined;
  } catch {
    // Nobody listens yet; whether somebody ever will is for the caller's bound to say.
    return undefined;
  }
}

async function ready(running: RunningProcess, origin: string, withinMs: number): Promise<void> {
  try {
    await until(`${origin}/readyz answers 200`, () => answersReady(origin), { withinMs, signal: running.gone });
  } catch (cause) {
    throw new Error(`The gateway did not become ready.\n${running.stderr()}`, { cause });
  }
}

/** Starts the real gateway as a user would, and comes back when it is ready to serve. */
export async function startGateway(options: GatewayOptions): Promise<GatewayProcess> {
  await using owned = new AsyncDisposableStack();
  const folder = owned.use(await temporaryFolder('gateway'));
  const port = await freePort();
  const keys = options.keys ?? allPowerfulKey;
  const env = { MCP_API_KEYS: JSON.stringify(keys), ...options.env };
  const running = owned.use(startProcess(commandLine(options, port, folder.path), { env, cwd: folder.path }));
  const origin = `http://127.0.0.1:${port}`;
  await ready(running, origin, options.readyWithinMs ?? 15_000);
  const kept = owned.move();
  return {
    url: `${origin}/mcp`,
    origin,
    key: Object.keys(keys)[0] ?? '',
    dataFolder: folder.path,
    process: running,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
