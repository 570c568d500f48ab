import { realClock } from '../../adapters/world/world.ts';
import { readCertificates } from './read-certificates.ts';
import type { ExitCode } from '../exit.ts';
import { directoryFor } from '../home.ts';
import { withManagedSecrets } from '../managed-secrets.ts';
import { readConfigFile, readConfiguredKeys } from '../read-config.ts';
import { serveUntilStopped } from './serve.ts';
import type { CommonOptions, Terminal } from '../terminal.ts';

/** `sallyport serve -c sallyport.yaml`: many servers, reloaded on SIGHUP and when the file changes. */
export const serveFile = async (options: CommonOptions & { readonly config: string; readonly data?: string }, terminal: Terminal): Promise<ExitCode> => {
  const reread = async () => {
    const config = await withManagedSecrets(readConfigFile(options.config, terminal.env), terminal.env);
    return { config, configured: await readConfiguredKeys(terminal.env), certificates: await readCertificates(config, terminal.env, realClock.nowMs()) };
  };
  const { config, configured, certificates } = await reread();
  const directory = directoryFor('default', options.data ?? terminal.env['SALLYPORT_DATA'] ?? config.dataDir, terminal.env);
  return serveUntilStopped({ config, configured, certificates, directory, options, strict: false, reread, watch: options.config }, terminal);
};
