import { createKey, type CreatedKey } from '../../admin/operations/create-key.ts';
import { listKeys } from '../../admin/operations/list-keys.ts';
import type { ListedKey } from '../../admin/keys/listed-key.ts';
import type { ListedKeys } from '../../admin/keys/select-keys.ts';
import { runRecorded } from '../../admin/terminal-record.ts';
import { printable } from '../../model/redaction.ts';
import { trying, type DryRun } from '../doing.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { filterOf, type FilterFlags } from './filter.ts';
import { daysOf, hoursOf, limitsOf, type LimitFlags } from './flags.ts';
import { withStore, type KeysOptions } from '../with-store.ts';
import { dateOf, listLine, mayText } from './text.ts';
import { painter, wantsColour, writeJson, type Terminal } from '../terminal.ts';

export interface CreateOptions extends KeysOptions, DryRun, LimitFlags {
  readonly name?: string;
  /** False: it has none. */
  readonly owner: string | false;
  readonly purpose?: string;
  readonly allow: readonly string[];
  readonly role: readonly string[];
  readonly days: string;
  readonly network: readonly string[];
  readonly hours?: string;
  readonly class?: string;
  readonly headerOnly?: boolean;
  readonly test?: boolean;
}

type Asked = Parameters<typeof createKey.run>[0];

const askedOf = (options: CreateOptions): Asked => {
  const limits = limitsOf(options);
  const hours = options.hours === undefined ? undefined : hoursOf(options.hours);
  return {
    name: options.name ?? (options.owner === false ? 'key without an owner' : `key of ${options.owner}`),
    owner: options.owner === false ? null : options.owner,
    permissions: [...options.allow],
    roles: [...options.role],
    days: daysOf(options.days),
    environment: options.test === true ? 'test' : 'live',
    ...(options.purpose === undefined ? {} : { purpose: options.purpose }),
    ...(options.network.length === 0 ? {} : { networks: [...options.network] }),
    ...(hours === undefined ? {} : { hours: { ...hours, days: [...hours.days] } }),
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
    ...(options.headerOnly === true ? { headerOnly: true } : {}),
    ...(options.class === undefined ? {} : { keyClass: options.class }),
  };
};

/** `sallyport keys create`: the secret goes to stdout alone, the words around it to stderr. */
export const keysCreate = async (options: CreateOptions, terminal: Terminal): Promise<ExitCode> => {
  const asked = askedOf(options);
  if (options.dryRun === true) {
    const words = ({ key, warnings }: CreatedKey): string => [`a key of ${printable(key.owner)} · ${mayText(key)} · ${key.expiresAtMs === undefined ? 'never expires' : `expires ${dateOf(key.expiresAtMs)}`}`, ...warnings.map((warning) => `warning: ${warning}`)].join('\n');
    return trying(options, terminal, { operation: createKey, input: asked, words });
  }
  const { key, secret, warnings } = await withStore(options, terminal, (desk) => runRecorded(createKey, asked, desk));
  for (const warning of warnings) terminal.stderr.write(`warning: ${warning}\n`);
  if (options.json === true) {
    writeJson(terminal, { ...key, secret: secret.reveal() });
    return EXIT.ok;
  }
  const expiry = key.expiresAtMs === undefined ? 'never expires' : `expires ${dateOf(key.expiresAtMs)}`;
  if (options.quiet !== true) terminal.stderr.write(`${key.id}  owner ${printable(key.owner)} · ${mayText(key)} · ${expiry}   shown once:\n`);
  terminal.stdout.write(`${secret.reveal()}\n`);
  return EXIT.ok;
};

/** Hands every key that a filter means to `show`, page by page. */
const eachListed = async (options: KeysOptions & FilterFlags, terminal: Terminal, show: (key: ListedKey) => void): Promise<number> => {
  const filter = filterOf(options);
  return withStore(options, terminal, async ({ needs, by }) => {
    let count = 0;
    let page: ListedKeys | undefined;
    do {
      page = await listKeys.run({ filter, limit: 1_000, ...(page?.next === undefined ? {} : { after: page.next }) }, needs, by);
      for (const key of page.keys) show(key);
      count += page.keys.length;
    } while (page.next !== undefined);
    return count;
  });
};

/** `sallyport keys list` */
export const keysList = async (options: KeysOptions & FilterFlags, terminal: Terminal): Promise<ExitCode> => {
  const paint = painter(wantsColour(terminal.stdout, terminal.env));
  let due = 0;
  const count = await eachListed(options, terminal, (key) => {
    if (key.due === true) due += 1;
    if (options.json === true) writeJson(terminal, key);
    else terminal.stdout.write(listLine(key, paint));
  });
  if (options.json === true || options.quiet === true) return EXIT.ok;
  if (count === 0) terminal.stderr.write(Object.keys(filterOf(options)).length > 0 ? 'no key is like that: "sallyport keys list" shows all\n' : 'no keys yet: "sallyport keys create --allow \'server:tool\'" makes one\n');
  if (due > 0) terminal.stderr.write(`${String(due)} due for rotation: "sallyport keys rotate ID" makes the successor\n`);
  return EXIT.ok;
};
