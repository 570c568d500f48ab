import { basename } from 'node:path';
import { validateConfig } from '../../config/parse-config.ts';
import type { Config } from '../../config/schema.ts';
import { withSignInVariables } from '../../config/sign-in/sign-in-variables.ts';
import { CliError, EXIT, type ExitCode } from '../exit.ts';
import { directoryFor } from '../home.ts';
import { readConfiguredKeys } from '../read-config.ts';
import { NO_CERTIFICATES } from './read-certificates.ts';
import { serveUntilStopped } from './serve.ts';
import type { CommonOptions, Terminal } from '../terminal.ts';

export interface RunOptions extends CommonOptions {
  readonly port?: string;
  readonly host?: string;
  readonly name?: string;
  readonly data?: string;
  readonly public?: boolean;
  readonly publicUrl?: string;
  readonly metricsPort?: string;
}

/** What stands before the server: a URL, or the words after `--`. */
export type Target = { readonly kind: 'url'; readonly url: string } | { readonly kind: 'command'; readonly words: readonly string[] };

const NOT_NAMES = new Set(['npx', 'npm', 'exec', 'node', 'uvx', 'uv', 'python', 'python3', 'bunx', 'bun', 'deno', 'run', 'docker', 'index', 'main', 'server', 'src', 'dist', 'admin', 'api']);

const clean = (text: string): string =>
  text
    .toLowerCase()
    .replace(/\.[a-z]+$/, '')
    .replace(/^(mcp-)?server-|-(mcp-)?server$|^mcp-|-mcp$/g, '')
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[^a-z0-9]+|-+$/g, '')
    .slice(0, 63);

const nameOfHost = (host: string): string => {
  const part = host.split('.').find((label) => label !== 'www' && label !== 'mcp' && label !== 'api' && label !== 'admin') ?? '';
  // An address says nothing about what is there.
  return /^[[\d]/.test(host) ? 'server' : clean(part) || 'server';
};

/** A name that says which server it is: the package, the script, or the host. */
export const nameOf = (target: Target): string => {
  if (target.kind === 'url') return nameOfHost(new URL(target.url).hostname);
  const words = target.words.filter((word) => /^[@\w./][@\w./-]*$/.test(word)).map((word) => clean(basename(word)));
  return words.find((word) => word !== '' && !NOT_NAMES.has(word)) ?? 'server';
};

const portOf = (text: string, flag: string): number => {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new CliError(`${flag} ${text} is not a port`, { exitCode: EXIT.usage, cure: `write a number from 0 to 65535, such as ${flag} 3210` });
  return port;
};

const configOf = (target: Target, name: string, { options, env }: { readonly options: RunOptions; readonly env: Terminal['env'] }): Config =>
  validateConfig(
    withSignInVariables({
      listen: { host: options.host ?? '127.0.0.1', port: portOf(options.port ?? '3210', '--port'), public: options.public === true },
      ...(options.publicUrl === undefined ? {} : { publicUrl: options.publicUrl }),
      ...(options.metricsPort === undefined ? {} : { metrics: { port: portOf(options.metricsPort, '--metrics-port') } }),
      servers: { [name]: target.kind === 'url' ? { url: target.url } : { command: target.words } },
    }, env),
    'command line',
  );

/** `sallyport run URL` and `sallyport run -- COMMAND ARGS…`: one server, no file. */
export const run = async (target: Target, options: RunOptions, terminal: Terminal): Promise<ExitCode> => {
  const name = options.name ?? nameOf(target);
  const config = configOf(target, name, { options, env: terminal.env });
  const configured = await readConfiguredKeys(terminal.env);
  return serveUntilStopped({ config, configured, certificates: NO_CERTIFICATES, directory: directoryFor(name, options.data, terminal.env), options, firstKeyFor: name, strict: true, reread: async () => ({ config, configured: await readConfiguredKeys(terminal.env), certificates: NO_CERTIFICATES }) }, terminal);
};

/** `sallyport demo`: the example server, so that everything can be tried at once. */
export const demo = (options: RunOptions, terminal: Terminal): Promise<ExitCode> => {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const script = new URL(`../../example/crm-server.${extension}`, import.meta.url).pathname;
  return run({ kind: 'command', words: [process.execPath, script] }, { ...options, name: options.name ?? 'crm' }, terminal);
};
