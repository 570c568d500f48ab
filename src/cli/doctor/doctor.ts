import { buildGuardedNetwork } from '../../adapters/network/guarded-network.ts';
import { realClock } from '../../adapters/world/world.ts';
import { FetchError } from '../../ports/network.ts';
import { CliError, EXIT, type ExitCode } from '../exit.ts';
import { targetUrl } from '../target-url.ts';
import { painter, wantsColour, writeJson, type CommonOptions, type Terminal } from '../terminal.ts';
import { diagnose } from './diagnose.ts';

/** `sallyport doctor URL`: whether an MCP client could sign in there, and what it would trip over first. */
export const doctor = async (text: string, options: CommonOptions, terminal: Terminal): Promise<ExitCode> => {
  const url = targetUrl(text);
  // The host that was typed may be anywhere; what its documents name beside it must be public, as for everything that a document names.
  const network = buildGuardedNetwork({ allow: [`${url.hostname}:${url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port}`] }, { clock: realClock });
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
