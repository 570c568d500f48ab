import { channelEntries } from '../config/alarms/channel-settings.ts';
import { sinkSettings } from '../config/audit/sink-settings.ts';
import type { Config } from '../config/schema.ts';
import { issuersOf } from '../config/issuers/issuers.ts';
import { signInRules } from '../config/sign-in/sign-in-rules.ts';
import { telemetrySettings } from '../config/telemetry/telemetry-settings.ts';
import { realClock } from '../adapters/world/world.ts';
import { readCertificates } from './serving/read-certificates.ts';
import { resolveValues, sourcesOf } from '../config/secret-ref.ts';
import { expiringWords, isSoon } from '../model/expiring.ts';
import { counted } from '../model/counted.ts';
import { refuseUnusableKeys } from '../planes/tokens/usable-keys.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { withManagedSecrets } from './managed-secrets.ts';
import { checkExposure, configWarnings, readConfigFile, readConfiguredKeys } from './read-config.ts';
import { writeJson, type CommonOptions, type Terminal } from './terminal.ts';

/** What a start would go on with, and what it would warn of. */
export interface Checked {
  readonly config: Config;
  /** How many keys `MCP_API_KEYS` has. */
  readonly configuredKeys: number;
  readonly warnings: readonly string[];
}

/** Reads all that a start reads. @throws ConfigError, CliError for everything that a start would refuse */
export const readAll = async (path: string, { env }: Terminal): Promise<Checked> => {
  const config = await withManagedSecrets(readConfigFile(path, env), env);
  checkExposure(config);
  const sources = sourcesOf(env, config);
  for (const [server, entry] of Object.entries(config.servers)) {
    resolveValues(entry.env, `servers.${server}.env`, sources);
    resolveValues(entry.headers, `servers.${server}.headers`, sources);
  }
  refuseUnusableKeys(issuersOf(config, sources));
  signInRules(config, sources);
  telemetrySettings(config, sources);
  channelEntries(config, sources);
  sinkSettings(config, sources);
  const keys = await readConfiguredKeys(env);
  const nowMs = realClock.nowMs();
  const { warnings, endings } = await readCertificates(config, env, nowMs);
  return { config, configuredKeys: keys.length, warnings: [...configWarnings(config, keys), ...warnings, ...endings.filter((one) => isSoon(one, nowMs)).map((one) => expiringWords(one, nowMs))] };
};

/** `sallyport check`: everything a start would refuse, said without starting. */
export const check = async (path: string, options: CommonOptions, terminal: Terminal): Promise<ExitCode> => {
  const { config, configuredKeys, warnings } = await readAll(path, terminal);
  if (options.json === true) writeJson(terminal, { ok: true, servers: Object.keys(config.servers), configuredKeys, warnings });
  else if (options.quiet !== true) {
    for (const warning of warnings) terminal.stderr.write(`warning: ${warning}\n`);
    terminal.stdout.write(`${path} is good: ${counted(Object.keys(config.servers).length, 'server')}, ${counted(Object.keys(config.roles).length, 'role')}, ${counted(configuredKeys, 'key')} in MCP_API_KEYS\n`);
  }
  return EXIT.ok;
};
