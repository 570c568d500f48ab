import type { AdminNeeds } from '../admin/needs.ts';
import { createKey } from '../admin/operations/create-key.ts';
import { listKeys, type ListedKey } from '../admin/operations/list-keys.ts';
import { revokeKey } from '../admin/operations/revoke-key.ts';
import { buildSqliteStore } from '../adapters/store/sqlite/sqlite-store.ts';
import { buildLog } from '../adapters/world/log.ts';
import { realWorld } from '../adapters/world/world.ts';
import { printable } from '../model/redaction.ts';
import { CliError, EXIT, type ExitCode } from './exit.ts';
import { findDirectory, openHome } from './home.ts';
import { painter, wantsColour, writeJson, type CommonOptions, type Terminal } from './terminal.ts';

export interface KeysOptions extends CommonOptions {
  readonly data?: string;
}

export interface CreateOptions extends KeysOptions {
  readonly name?: string;
  readonly owner: string;
  readonly allow: readonly string[];
  readonly role: readonly string[];
  readonly days: string;
  readonly test?: boolean;
}

const BY = { name: 'you' };

/** Runs an operation on the data directory, whether a gateway runs or not. */
const withStore = async <Output>(options: KeysOptions, terminal: Terminal, work: (needs: AdminNeeds) => Output | Promise<Output>): Promise<Output> => {
  const home = openHome(findDirectory(options.data, terminal.env));
  const world = realWorld(buildLog({ level: 'warn', pretty: true, write: (line) => void terminal.stderr.write(line) }));
  const store = buildSqliteStore(home.database, world.clock);
  try {
    return await work({ store, hasher: home.hasher, world });
  } finally {
    store.close();
    home.database.close();
  }
};

const daysOf = (text: string): number => {
  if (text === 'never') return 0;
  const days = Number(text);
  if (!Number.isInteger(days) || days < 1 || days > 3_650) throw new CliError(`--days ${text} is not a number of days`, { exitCode: EXIT.usage, cure: 'write 1 to 3650, or never' });
  return days;
};

/** `sallyport keys create`: the secret goes to stdout alone, the words around it to stderr. */
export const keysCreate = async (options: CreateOptions, terminal: Terminal): Promise<ExitCode> => {
  const asked = { name: options.name ?? `key of ${options.owner}`, owner: options.owner, permissions: [...options.allow], roles: [...options.role], days: daysOf(options.days), environment: options.test === true ? ('test' as const) : ('live' as const) };
  const { key, secret, warnings } = await withStore(options, terminal, (needs) => createKey.run(asked, needs, BY));
  for (const warning of warnings) terminal.stderr.write(`warning: ${warning}\n`);
  if (options.json === true) {
    const { hash: _hash, ...shown } = key;
    writeJson(terminal, { ...shown, secret: secret.reveal() });
    return EXIT.ok;
  }
  const expiry = key.expiresAtMs === undefined ? 'never expires' : `expires ${new Date(key.expiresAtMs).toISOString().slice(0, 10)}`;
  if (options.quiet !== true) terminal.stderr.write(`${key.id}  owner ${printable(key.owner)} · ${[...key.permissions, ...key.roles.map((role) => `role ${role}`)].join(' ')} · ${expiry}   shown once:\n`);
  terminal.stdout.write(`${secret.reveal()}\n`);
  return EXIT.ok;
};

const listLine = (key: ListedKey, paint: ReturnType<typeof painter>): string => {
  const until = key.expiresAtMs === undefined ? 'never' : new Date(key.expiresAtMs).toISOString().slice(0, 10);
  const state = paint(key.state === 'active' ? 'green' : 'yellow', key.state.padEnd(7));
  return `${key.id}  ${key.hint}  ${state}  until ${until}  ${printable(key.owner)}  ${printable(key.name)}  ${[...key.permissions, ...key.roles.map((role) => `role ${role}`)].join(' ')}\n`;
};

/** `sallyport keys list` */
export const keysList = async (options: KeysOptions, terminal: Terminal): Promise<ExitCode> => {
  const keys = await withStore(options, terminal, (needs) => listKeys.run({}, needs, BY));
  if (options.json === true) {
    for (const key of keys) writeJson(terminal, key);
    return EXIT.ok;
  }
  const paint = painter(wantsColour(terminal.stdout, terminal.env));
  for (const key of keys) terminal.stdout.write(listLine(key, paint));
  if (keys.length === 0) terminal.stderr.write('no keys yet: "sallyport keys create --allow \'server:tool\'" makes one\n');
  return EXIT.ok;
};

/** `sallyport keys revoke ID` */
export const keysRevoke = async (id: string, options: KeysOptions, terminal: Terminal): Promise<ExitCode> => {
  const revoked = await withStore(options, terminal, (needs) => revokeKey.run({ id }, needs, BY));
  if (options.json === true) writeJson(terminal, revoked);
  else if (options.quiet !== true) terminal.stdout.write(`revoked ${revoked.id}\n`);
  return EXIT.ok;
};
