import { buildGuardedNetwork } from '../../adapters/network/guarded-network.ts';
import { realClock } from '../../adapters/world/world.ts';
import type { Config } from '../../config/schema.ts';
import { FetchError } from '../../ports/network.ts';
import { CliError, EXIT, type ExitCode } from '../exit.ts';
import { readConfigFile } from '../read-config.ts';
import { targetUrl } from '../target-url.ts';
import { painter, wantsColour, writeJson, type CommonOptions, type Terminal } from '../terminal.ts';
import { diagnose } from './diagnose.ts';

export interface DoctorOptions extends CommonOptions {
  readonly config?: string;
}

/** As `fetch.allow` writes it. */
const placeOf = ({ hostname, port, protocol }: URL): string => `${hostname}:${port === '' ? (protocol === 'https:' ? '443' : '80') : port}`;

/** What an operator has named may be anywhere, as for the gateway itself. */
const placesIn = ({ fetch, issuers }: Pick<Config, 'fetch' | 'issuers'>): readonly string[] => [...fetch.allow, ...Object.values(issuers).map(({ issuer }) => placeOf(new URL(issuer)))];

/** `sallyport doctor URL`: whether an MCP client could sign in there, and what it would trip over first. */
export const doctor = async (text: string, options: DoctorOptions, terminal: Terminal): Promise<ExitCode> => {
  const url = targetUrl(text);
  // The host that was typed may be anywhere, and so may what the configuration names; what documents name beside it must be public.
  const named = options.config === undefined ? [] : placesIn(readConfigFile(options.config, terminal.env));
  const network = buildGuardedNetwork({ allow: [placeOf(url), ...named] }, { clock: realClock });
  const diagnosis = await diagnose(url, network).catch((error: unknown) => {
    if (error instanceof FetchError) throw new CliError(`${url.href} cannot be asked: ${error.message}`, { exitCode: EXIT.unreachable, cure: 'see whether the server runs and the URL is right', cause: error });
    throw error;
  });
  const { passed, fault } = diagnosis;
  if (options.json === true) writeJson(terminal, diagnosis);
  else {
    const paint = painter(wantsColour(terminal.stdout, terminal.env));
    for (const one of passed) terminal.stdout.write(`  ${paint('green', 'ok')}     ${one}\n`);
    if (fault !== undefined) terminal.stdout.write(`  ${paint('yellow', 'wrong')}  ${fault.what}\n         ${fault.clause}; to be mended by ${fault.who}\n`);
  }
  return fault === undefined ? EXIT.ok : EXIT.findings;
};
