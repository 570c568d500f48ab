import { existsSync, readFileSync } from 'node:fs';
import { parseConfig, parsePolicy } from '../../config/parse-config.ts';
import type { PolicyFile } from '../../config/policy/policy-schema.ts';
import type { Config } from '../../config/schema.ts';
import { CliError, EXIT } from '../exit.ts';
import { findConfig } from '../find-config.ts';
import { readRuntime } from '../home.ts';
import { readConfigFile } from '../read-config.ts';
import type { Terminal } from '../terminal.ts';
import type { People } from '../../model/permission/permissions-under.ts';

/** A policy with where it stands. */
export interface PolicySource {
  /** The file, or undefined when the gateway runs without one. */
  readonly file: string | undefined;
  readonly policy: PolicyFile;
  readonly accepted: ReadonlyMap<string, ReadonlySet<string>>;
  readonly people: People;
  readonly servers: readonly string[] | undefined;
}

const fromConfig = (file: string, config: Config): PolicySource => ({
  file,
  policy: { permissions: config.permissions, roles: config.roles, rules: config.rules, owners: config.owners },
  accepted: new Map(Object.entries(config.servers).map(([server, entry]) => [server, new Set(entry.acceptTools)])),
  people: config.people,
  servers: Object.keys(config.servers),
});

const NONE: PolicySource = { file: undefined, policy: { permissions: {}, roles: {}, rules: [], owners: {} }, accepted: new Map(), people: {}, servers: undefined };

/**
 * The policy of the gateway: that of the named file, else of the file the running gateway reads, else of the one a start from
 * here would read. A gateway that was
 * started without a file has permissions and no rules.
 * @throws CliError, ConfigError
 */
export const currentPolicy = (named: string | undefined, directory: string, env: Terminal['env']): PolicySource => {
  const runtime = readRuntime(directory);
  const file = named ?? (runtime === undefined ? findConfig(undefined, env) : runtime.config);
  if (file === undefined || (named === undefined && !existsSync(file))) return NONE;
  return fromConfig(file, readConfigFile(file, env));
};

/**
 * A draft: a whole configuration, or a file with nothing but `permissions`, `roles`, `rules` and `owners`.
 * @param servers those the draft may name, when it names none itself
 * @throws CliError, ConfigError
 */
export const readDraft = (file: string, servers: readonly string[] | undefined): PolicySource => {
  if (!existsSync(file)) throw new CliError(`the policy ${file} is not there`, { exitCode: EXIT.config, cure: 'name a configuration, or a file with permissions, roles and rules' });
  const text = readFileSync(file, 'utf8');
  if (/^["']?servers["']?\s*:/m.test(text)) return fromConfig(file, parseConfig(text, file));
  return { file, policy: parsePolicy(text, file, servers === undefined ? {} : { servers }), accepted: new Map(), people: {}, servers };
};
