import type { Command } from 'commander';
import { repeated, withData, type Finish } from '../command-options.ts';
import type { CreateOptions } from './keys.ts';
import type { BulkOptions } from './bulk.ts';
import type { FilterFlags } from './filter.ts';
import type { LimitFlags } from './flags.ts';
import type { KeysOptions } from '../with-store.ts';
import type { Terminal } from '../terminal.ts';

interface Run {
  readonly terminal: Terminal;
  readonly finish: Finish;
}

const changing = () => import('./change.ts');
const rotating = () => import('./rotate.ts');

/** The flags of a command that changes one key, and can be tried out. */
const trying = (command: Command): Command => withData(command).option('--dry-run', 'say what it would do, and change nothing');

/** The flags that set limits of a key. */
const limiting = (command: Command): Command =>
  command
    .option('--per-second <calls>', 'calls a second, sustained')
    .option('--burst <calls>', 'calls at once, with --per-second')
    .option('--per-day <calls>', 'calls a day')
    .option('--per-month <calls>', 'calls a month')
    .option('--in-flight <calls>', 'calls at the same time');

/** The flags that say which keys are meant. */
const filtering = (command: Command): Command =>
  command
    .option('--owner <owner>', 'keys of this owner')
    .option('--like <glob>', 'keys whose name is like this, such as sync-*')
    .option('--environment <environment>', 'live or test keys')
    .option('--class <class>', 'keys of this class')
    .option('--unused-since <days>', 'neither used nor made in the last so many days')
    .option('--older-than <days>', 'made at least so many days ago');

const addMaking = (keys: Command, { terminal, finish }: Run): void => {
  limiting(trying(keys.command('create').description('make a key; the secret is printed once, on stdout')))
    .option('--name <name>', 'what it is called')
    .option('--owner <owner>', 'the person or service it acts for', 'you')
    .option('--no-owner', 'nobody: the audit trail says "no identity"')
    .option('--purpose <words>', 'what it is for')
    .addOption(repeated('--allow <permission>', 'such as crm:get_*, crm:* or crm:resource/crm://*'))
    .addOption(repeated('--role <role>', 'a role of the configuration'))
    .option('--days <days>', 'days until it expires, such as 7, 30 or 90, or never', '90')
    .addOption(repeated('--network <range>', 'addresses it may be used from, such as 10.0.0.0/8'))
    .option('--hours <hours>', 'when it may be used, such as "mon-fri 09:00-17:00 Europe/Berlin"')
    .option('--header-only', 'refused in the URL (?api_key=)')
    .option('--class <class>', 'the class whose rotation policy it follows')
    .option('--test', 'a test key: opens test servers only')
    .action(async (options: CreateOptions) => finish(await (await import('./keys.ts')).keysCreate(options, terminal)));
  filtering(withData(keys.command('list').description('list keys, the revoked and expired ones too')))
    .option('--state <state>', 'active, expired, revoked, disabled, quarantined or rotated')
    .action(async (options: KeysOptions & FilterFlags) => finish(await (await import('./keys.ts')).keysList(options, terminal)));
  withData(keys.command('show').description('show a key, its limits and conditions, and who uses it for what').argument('<id>', 'key_…'))
    .option('--days <days>', 'how many days of use', '30')
    .action(async (id: string, options: KeysOptions & { days: string }) => finish(await (await changing()).keysShow(id, options, terminal)));
};

const addChanging = (keys: Command, { terminal, finish }: Run): void => {
  trying(keys.command('allow').description('let a key do more, without a new secret').argument('<id>', 'key_…').argument('<permission...>', 'such as crm:get_*'))
    .action(async (id: string, permissions: readonly string[], options: KeysOptions) => finish(await (await changing()).keysAllow(id, permissions, { options, terminal })));
  limiting(trying(keys.command('limit').description('set limits of a key; those that are not named stay').argument('<id>', 'key_…')))
    .option('--none', 'take away all limits it has first')
    .action(async (id: string, options: KeysOptions & LimitFlags & { none?: boolean }) => finish(await (await changing()).keysLimit(id, options, terminal)));
  trying(keys.command('disable').description('switch a key off; enable switches it on again').argument('<id>', 'key_…')).action(async (id: string, options: KeysOptions) => finish(await (await changing()).keysDisable(id, options, terminal)));
  trying(keys.command('enable').description('switch a disabled key on again').argument('<id>', 'key_…')).action(async (id: string, options: KeysOptions) => finish(await (await changing()).keysEnable(id, options, terminal)));
  trying(keys.command('extend').description('let a key, or the overlap of its rotation, last longer').argument('<id>', 'key_…'))
    .option('--days <days>', 'days from now until it expires')
    .option('--overlap <time>', 'how much longer a rotated key goes on: 1h, 24h or 7d')
    .action(async (id: string, options: KeysOptions & { days?: string; overlap?: string }) => finish(await (await changing()).keysExtend(id, options, terminal)));
  trying(keys.command('revoke').description('revoke a key, at once and for good').argument('<id>', 'key_…')).action(async (id: string, options: KeysOptions) => finish(await (await changing()).keysRevoke(id, options, terminal)));
};

const addRotating = (keys: Command, { terminal, finish }: Run): void => {
  trying(keys.command('rotate').description('replace a key by a new one; both work for a while').argument('<id>', 'key_…'))
    .option('--overlap <time>', 'how long the old one goes on: now, 1h, 24h or 7d', '24h')
    .option('--store <reference>', 'keep the new secret in a secret manager and print it nowhere, such as vault:kv/mcp/crm#token')
    .option('--close', 'end the overlap of a rotation now, as "keys close" does')
    .action(async (id: string, options: KeysOptions & { overlap: string; close?: boolean; store?: string }) => finish(await (await rotating()).keysRotate(id, options, terminal)));
  trying(keys.command('close').description('end the overlap of a rotation now: the old key is revoked').argument('<id>', 'the old key or the new one')).action(async (id: string, options: KeysOptions) => finish(await (await rotating()).keysClose(id, options, terminal)));
  trying(keys.command('rollback').description('undo a rotation that is still open: the new key is revoked').argument('<id>', 'the old key or the new one')).action(async (id: string, options: KeysOptions) => finish(await (await rotating()).keysRollBack(id, options, terminal)));
};

const addLooking = (keys: Command, { terminal, finish }: Run): void => {
  const using = () => import('./use.ts');
  withData(keys.command('unused').description('list active keys that nobody has used lately'))
    .option('--days <days>', 'for how long', '30')
    .action(async (options: KeysOptions & { days: string }) => finish(await (await using()).keysUnused(options, terminal)));
  withData(keys.command('suggest').description('say which of its permissions a key has used, and which would be enough').argument('<id>', 'key_…'))
    .option('--days <days>', 'how many days of use', '30')
    .action(async (id: string, options: KeysOptions & { days: string }) => finish(await (await using()).keysSuggest(id, options, terminal)));
  trying(keys.command('narrow').description('leave a key only the permissions that it has used').argument('<id>', 'key_…'))
    .option('--days <days>', 'how many days of use', '30')
    .action(async (id: string, options: KeysOptions & { days: string }) => finish(await (await using()).keysNarrow(id, options, terminal)));
  filtering(withData(keys.command('export').description('print the inventory of keys, without secrets')))
    .option('--format <format>', 'jsonl or csv', 'jsonl')
    .action(async (options: KeysOptions & FilterFlags & { format: string }) => finish(await (await using()).keysExport(options, terminal)));
};

/** The flags of what is done to many keys at once. */
const bulk = (command: Command): Command => filtering(withData(command)).option('--dry-run', 'only say which keys it would be').option('--yes', 'do not ask');

const addBulk = (keys: Command, { terminal, finish }: Run): void => {
  const many = () => import('./bulk.ts');
  bulk(keys.command('rotate-all').description('rotate all keys that a filter means; the secrets are printed once, on stdout'))
    .option('--overlap <time>', 'how long the old ones go on: now, 1h, 24h or 7d', '24h')
    .option('--store <reference>', 'keep the new secrets in a secret manager, such as vault:kv/mcp/{name}#token')
    .action(async (options: BulkOptions & { overlap: string; store?: string }) => finish(await (await many()).keysRotateAll(options, terminal)));
  bulk(keys.command('revoke-all').description('revoke all keys that a filter means, for good')).action(async (options: BulkOptions) => finish(await (await many()).keysRevokeAll(options, terminal)));
};

const addLeaks = (program: Command, keys: Command, { terminal, finish }: Run): void => {
  const leaking = () => import('./leaks.ts');
  const leaks = program.command('leaks').description('what to do about keys that were found where they should not be');
  trying(leaks.command('report').description('quarantine the keys in what stands on stdin, and say who used them')).action(async (options: KeysOptions) => finish(await (await leaking()).leaksReport(options, terminal)));
  trying(keys.command('release').description('end the quarantine of a key that was reported by mistake').argument('<id>', 'key_…')).action(async (id: string, options: KeysOptions) => finish(await (await leaking()).keysRelease(id, options, terminal)));
};

/** `sallyport keys …` and `sallyport leaks …`: each command is an operation of the admin plane. */
export const addKeys = (program: Command, terminal: Terminal, finish: Finish): void => {
  const keys = program.command('keys').description('make, rotate and revoke API keys, and see who uses them');
  const run = { terminal, finish };
  addMaking(keys, run);
  addChanging(keys, run);
  addRotating(keys, run);
  addLooking(keys, run);
  addBulk(keys, run);
  addLeaks(program, keys, run);
};
