import type { BulkResult } from '../../admin/keys/bulk.ts';
import type { KeyFilter } from '../../admin/keys/select-keys.ts';
import { runRecorded, type Desk } from '../../admin/terminal-record.ts';
import type { AdminNeeds, BulkItem } from '../../admin/needs.ts';
import type { Operation } from '../../ports/operation.ts';
import { revokeKeys } from '../../admin/operations/revoke-keys.ts';
import { rotateKeys } from '../../admin/operations/rotate-keys.ts';
import { counted } from '../../model/counted.ts';
import { printable } from '../../model/redaction.ts';
import { CliError, EXIT, type ExitCode } from '../exit.ts';
import { filterOf, type FilterFlags } from './filter.ts';
import { overlapOf } from './flags.ts';
import { SecretPlace, storeSuccessor } from './store-successor.ts';
import { withStore, type KeysOptions } from '../with-store.ts';
import { writeJson, type Terminal } from '../terminal.ts';

export interface BulkOptions extends KeysOptions, FilterFlags {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

type Asked = { readonly filter: KeyFilter; readonly dryRun?: boolean | undefined };

interface Bulk<Given extends Asked> {
  readonly verb: 'revoke-all' | 'rotate-all';
  readonly operation: Operation<string, Given, BulkResult, AdminNeeds>;
  readonly input: Given;
  readonly place?: SecretPlace;
}

const FLAGS: readonly (readonly [keyof FilterFlags, string])[] = [['owner', '--owner'], ['like', '--like'], ['environment', '--environment'], ['class', '--class'], ['unusedSince', '--unused-since'], ['olderThan', '--older-than']];

const quoted = (text: string): string => (/^[\w@.:/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** The same command line with `--yes`, for whoever cannot be asked. */
const certain = (verb: string, options: BulkOptions & { readonly overlap?: string; readonly store?: string }): string => {
  const filters = FLAGS.flatMap(([name, flag]) => (options[name] === undefined ? [] : [`${flag} ${quoted(options[name])}`]));
  const overlap = options.overlap === undefined ? [] : [`--overlap ${options.overlap}`];
  const store = options.store === undefined ? [] : [`--store ${quoted(options.store)}`];
  const data = options.data === undefined ? [] : [`--data ${quoted(options.data)}`];
  return ['sallyport keys', verb, ...filters, ...overlap, ...store, ...data, '--yes'].join(' ');
};

const askedAtTerminal = async (question: string, terminal: Terminal): Promise<boolean> => {
  const { stdin } = terminal;
  if (stdin?.isTTY !== true) return false;
  terminal.stderr.write(`${question} Type yes to go on: `);
  // A terminal hands over whole lines; the first is the answer.
  for await (const line of stdin) return String(line).trim() === 'yes';
  return false;
};

/** An item, and where its secret is kept. */
type Told = BulkItem & { readonly stored?: string };

const outcomeText = ({ outcome, reason, successor, stored }: Told): string => {
  if (outcome === 'refused') return `refused: ${printable(reason ?? '')}`;
  return outcome === 'would' ? 'would be' : `done${successor === undefined ? '' : `, successor ${successor}`}${stored === undefined ? '' : `, kept in ${stored}`}`;
};

/** Says what became of each key as soon as it has; a new secret goes to stdout at once, so that an interruption loses none. */
const progressTo = (terminal: Terminal, options: BulkOptions, total: number) => (done: number, item: Told): void => {
  if (options.json === true) {
    writeJson(terminal, { ...item, ...(item.secret === undefined ? {} : { secret: item.secret.reveal() }) });
    return;
  }
  if (options.quiet !== true) terminal.stderr.write(`${String(done)}/${String(total)}  ${item.id}  ${printable(item.owner)}  ${printable(item.name)}  ${outcomeText(item)}\n`);
  if (item.secret !== undefined) terminal.stdout.write(`${item.id} ${item.successor ?? ''} ${item.secret.reveal()}\n`);
};

const confirm = async (total: number, options: BulkOptions, { terminal, verb }: { readonly terminal: Terminal; readonly verb: string }): Promise<void> => {
  if (options.yes === true || total === 0) return;
  if (await askedAtTerminal(`${verb} ${counted(total, 'key')}?`, terminal)) return;
  throw new CliError(`${counted(total, 'key')} would be dealt with, and nobody has said yes`, { exitCode: EXIT.usage, cure: certain(verb, options) });
};

/** Which keys are meant. The look before the question is no deed and leaves no record, unless it is refused. */
const meantBy = async <Given extends Asked>({ operation, input }: Bulk<Given>, desk: Desk): Promise<readonly BulkItem[]> => {
  const look = { ...input, dryRun: true };
  const looked = async (): Promise<BulkResult> => operation.run(look, desk.needs, desk.by);
  const { items } = await looked().catch(() => runRecorded(operation, look, desk));
  return items;
};

/** Keeps the secret of a successor in place of printing it; a rotation whose secret nobody would have was taken back. */
const stored = async ({ secret, ...item }: BulkItem, place: SecretPlace, where: { readonly desk: Desk; readonly environment: Terminal['env'] }): Promise<Told> => {
  if (secret === undefined || item.successor === undefined) return item;
  const failure = await storeSuccessor({ id: item.successor, name: item.name, secret }, place, where);
  return failure === undefined ? { ...item, stored: place.referenceFor(item.name) } : { ...item, outcome: 'refused', reason: `the new secret could not be kept, and the rotation was taken back: ${failure}` };
};

const inBulk = <Given extends Asked>(options: BulkOptions, terminal: Terminal, bulk: Bulk<Given>): Promise<ExitCode> =>
  withStore(options, terminal, async (desk) => {
    const meant = await meantBy(bulk, desk);
    const total = meant.length;
    bulk.place?.checkApart(meant.map(({ name }) => name));
    if (options.dryRun !== true) await confirm(total, options, { terminal, verb: bulk.verb });
    let unkept = 0;
    const tell = progressTo(terminal, options, total);
    const progress = async (count: number, item: BulkItem): Promise<void> => {
      const told = bulk.place === undefined ? item : await stored(item, bulk.place, { desk, environment: terminal.env });
      if (told.outcome !== item.outcome) unkept += 1;
      tell(count, told);
    };
    const { done, refused } = await runRecorded(bulk.operation, bulk.input, { ...desk, needs: { ...desk.needs, progress } });
    if (options.json !== true && options.quiet !== true) terminal.stderr.write(options.dryRun === true ? `${counted(total, 'key')}, nothing was changed\n` : `${String(done - unkept)} done, ${String(refused + unkept)} refused\n`);
    return refused + unkept > 0 ? EXIT.failure : EXIT.ok;
  });

/** `sallyport keys revoke-all --owner alice --yes` */
export const keysRevokeAll = (options: BulkOptions, terminal: Terminal): Promise<ExitCode> => {
  const filter = filterOf(options);
  return inBulk(options, terminal, { verb: 'revoke-all', operation: revokeKeys, input: { filter, dryRun: options.dryRun === true } });
};

/** `sallyport keys rotate-all --class deploy --yes`: on stdout a line for each key, the old id, the new one, the secret, unless they are kept elsewhere. */
export const keysRotateAll = (options: BulkOptions & { readonly overlap: string; readonly store?: string }, terminal: Terminal): Promise<ExitCode> => {
  const filter = filterOf(options);
  const overlap = overlapOf(options.overlap, ['now', '1h', '24h', '7d']);
  return inBulk(options, terminal, { verb: 'rotate-all', operation: rotateKeys, input: { filter, dryRun: options.dryRun === true, overlap }, ...(options.store === undefined ? {} : { place: new SecretPlace(options.store, overlap) }) });
};
