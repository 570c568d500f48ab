import { GatewayError } from '../errors/gateway-error.ts';
import { AuthorityRefused } from '../adapters/pki/authority-refused.ts';
import { NothingFound, OperationRefused } from '../admin/needs.ts';
import { ConfigError } from '../config/config-error.ts';

/** Exit codes (docs/cli.md): what a script can rely on. */
export const EXIT = { ok: 0, failure: 1, usage: 2, needsAuthentication: 3, unreachable: 4, denied: 5, config: 6, findings: 7, interrupted: 130 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A command ends here; the message's last line is the next step to take. */
export class CliError extends Error {
  readonly exitCode: ExitCode;
  /** The next command or action. */
  readonly cure: string;

  constructor(message: string, options: { readonly exitCode: ExitCode; readonly cure: string; readonly cause?: unknown }) {
    super(message, { cause: options.cause });
    this.exitCode = options.exitCode;
    this.cure = options.cure;
  }
}

const SOCKET_CURES: ReadonlyMap<string, (port: string) => string> = new Map<string, (port: string) => string>([
  ['EADDRINUSE', (port) => `another program listens on port ${port}: choose another with --port, or stop it`],
  ['EACCES', (port) => `this user may not bind port ${port}: choose one above 1023 with --port`],
  ['EADDRNOTAVAIL', () => 'the address is not one of this machine: check listen.host'],
]);

const fromSocket = (error: Error): CliError | undefined => {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const port = 'port' in error ? String(error.port) : '';
  const cure = SOCKET_CURES.get(code)?.(port);
  return cure === undefined ? undefined : new CliError(`cannot listen (${code})`, { exitCode: EXIT.failure, cure, cause: error });
};

const fromGateway = (error: GatewayError): CliError => {
  const upstream = error.code.startsWith('upstream.');
  const cure = error.row.terminalHint ?? error.row.hint;
  return new CliError(`${error.row.title}: ${error.circumstances.reason}`, { exitCode: upstream ? EXIT.unreachable : EXIT.failure, cure });
};

/** The command that a refusal names: whoever is told what to type need not look for it. */
const namedCommand = (message: string): string | undefined => /"(sallyport [^"]+)"/.exec(message)?.[1];

/** Any error as a CLI error: every one says what happened and what to do next. */
export const asCliError = (error: unknown): CliError => {
  if (error instanceof CliError) return error;
  if (error instanceof ConfigError) return new CliError(error.message, { exitCode: EXIT.config, cure: 'mend the configuration and run "sallyport check"' });
  if (error instanceof AuthorityRefused) return new CliError(error.message, { exitCode: EXIT.usage, cure: error.cure });
  if (error instanceof NothingFound) return new CliError(error.message, { exitCode: EXIT.failure, cure: 'take a name from the list: "sallyport keys list", "sallyport tools list"' });
  if (error instanceof OperationRefused) return new CliError(error.message, { exitCode: EXIT.failure, cure: namedCommand(error.message) ?? 'add --help to the command to see what it takes' });
  if (error instanceof GatewayError) return fromGateway(error);
  if (!(error instanceof Error)) return new CliError('an unknown failure', { exitCode: EXIT.failure, cure: 'run it again with --verbose' });
  return fromSocket(error) ?? new CliError(error.message, { exitCode: EXIT.failure, cure: 'see docs/errors.md, or report it with the version of "sallyport --version"', cause: error });
};
